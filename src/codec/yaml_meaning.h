#pragma once

#include "codec/yaml_tree.h"
#include "codec/yaml_writer.h"

namespace sous::codec {

/// What a node says, without its place and layout. A null is an empty raw scalar; numbers and words
/// that stand without quotes stay so when they are written again.
YamlValue value_of(const YamlNode& node);

/// Equality of meaning: the order of keys and quotes do not count, and an empty mapping is a null.
bool means_same(const YamlValue& a, const YamlValue& b);

}  // namespace sous::codec
