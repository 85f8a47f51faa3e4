#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/yaml_fields.h"
#include "codec/yaml_writer.h"
#include "model/lock.h"

namespace sous::codec {

/// The format number of the lock and given records that this version writes.
inline constexpr std::uint64_t kRecordFormat = 1;

/// Notes a problem where the record has another format than this version knows.
void check_record_format(YamlFields& record);

/// `{who, when, why}` of a field; a problem where a required one is absent.
std::optional<Deed> decode_deed(YamlFields& record, std::string_view key);
Deed decode_required_deed(YamlFields& record, std::string_view key);
YamlValue encode_deed(const Deed& deed);

}  // namespace sous::codec
