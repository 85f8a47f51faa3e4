#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/yaml_writer.h"

namespace sous::codec {

/// The keys that lead from the root of a document to a value.
using YamlPath = std::vector<std::string>;

/// Edits of a YAML text in place: everything outside the edited value, comments, order, quotes and
/// layout, stays byte for byte as it was. The result is read again before it is returned, so an
/// edit either does exactly what is asked or fails and changes nothing.
///
/// All of them fail with invalid_data when the text cannot be read, with not_found when the path
/// does not lead anywhere, and with unsupported, naming the line, where an edit in place is not
/// possible (anchors and aliases, keys that are not on a line of their own).

/// Sets the value of a path. A key that is not there is added, with the mappings on the way to it.
/// An existing value is replaced where it is a scalar or empty; a list or mapping is not.
Result<std::string> yaml_set(std::string_view text, const YamlPath& path, const YamlValue& value);

/// Appends to the list of a path, which is made where it is absent.
Result<std::string> yaml_append(std::string_view text,
                                const YamlPath& path,
                                const YamlValue& value);

/// Removes a key and its value; the mapping around it becomes `{}` when it was the last.
Result<std::string> yaml_remove(std::string_view text, const YamlPath& path);

}  // namespace sous::codec
