#include "codec/source_record.h"

#include <utility>

namespace sous::codec {

std::optional<SourceId> decode_required_source(YamlFields& record) {
  record.required("source");
  auto fields = record.fields("source");
  if (!fields) {
    return std::nullopt;
  }
  fields->required("repo");
  auto version = fields->required_parsed("version", Version::parse);
  auto location =
      SourceLocation::make(fields->text_or_empty("repo"), fields->text_or_empty("offset"));
  if (!location) {
    fields->problem("repo", location.error().text());
    return std::nullopt;
  }
  return SourceId{.location = std::move(*location), .version = version.value_or(Version())};
}

YamlValue encode_source(const SourceId& source) {
  YamlValue out = YamlValue::mapping();
  out.add("repo", YamlValue::of(source.location.repo()));
  out.add_text("offset", source.location.offset());
  out.add("version", YamlValue::of(source.version.canonical()));
  return out;
}

}  // namespace sous::codec
