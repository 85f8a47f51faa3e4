#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/yaml_edit.h"
#include "codec/yaml_writer.h"

namespace sous::codec {

/// One value in which two texts differ. Mappings are compared key by key; a list is one value.
struct YamlChange {
  YamlPath path;
  std::optional<YamlValue> from;  // absent: it was not there
  std::optional<YamlValue> to;    // absent: it is not there any more

  /// `Deployments.prod.Version`.
  std::string field() const;
};

/// A value on one line, for people; empty where it is absent.
std::string shown(const std::optional<YamlValue>& value);

/// In what two texts differ, layout and comments apart, in the order of the texts. Fails with
/// invalid_data when one of them cannot be read.
Result<std::vector<YamlChange>> yaml_changes(std::string_view from, std::string_view to);

struct YamlMerge {
  std::string text;
  /// Changes that were not made: the value is neither what it was changed from nor what it was
  /// changed to.
  std::vector<YamlChange> conflicts;
};

/// Makes changes in another text, by edits in place: what they are not about stays byte for byte.
/// A value that is there already is no conflict. Fails as the edits do.
Result<YamlMerge> apply_yaml_changes(std::string_view text, const std::vector<YamlChange>& changes);

/// Whether people left remarks in a text. Fails with invalid_data when it cannot be read.
Result<bool> has_yaml_comments(std::string_view text);

}  // namespace sous::codec
