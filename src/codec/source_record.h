#pragma once

#include <optional>

#include "codec/yaml_fields.h"
#include "codec/yaml_writer.h"
#include "model/source_id.h"

namespace sous::codec {

/// `{repo, offset, version}` of the field `source`, and a problem where it is not there or is no
/// source ID.
std::optional<SourceId> decode_required_source(YamlFields& record);
/// The offset is left out where it is empty.
YamlValue encode_source(const SourceId& source);

}  // namespace sous::codec
