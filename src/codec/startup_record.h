#pragma once

#include "codec/flaw.h"
#include "codec/yaml_fields.h"
#include "codec/yaml_writer.h"
#include "model/manifest.h"

namespace sous::codec {

/// The fields of a `Startup` block (docs/formats/manifest.md), as manifests and definitions have
/// it. Where the check is skipped, a bad value is a flaw and ignored; else it is a problem.
Startup decode_startup(YamlFields& fields, Flaws& flaws);

/// The block; an empty mapping when nothing is set.
YamlValue encode_startup(const Startup& startup);

/// A mapping of texts.
YamlValue encode_text_map(const TextMap& map);

}  // namespace sous::codec
