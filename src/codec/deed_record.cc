#include "codec/deed_record.h"

#include <string>
#include <utility>

namespace sous::codec {

void check_record_format(YamlFields& record) {
  record.required("format");
  const auto format = record.number("format");
  if (format && *format != kRecordFormat) {
    record.problem("format",
                   std::to_string(*format) + " is not format " + std::to_string(kRecordFormat) +
                       ", which this version of sous knows");
  }
}

std::optional<Deed> decode_deed(YamlFields& record, std::string_view key) {
  auto fields = record.fields(key);
  if (!fields) {
    return std::nullopt;
  }
  const auto when = fields->required_parsed("when", parse_rfc3339);
  return Deed{.who = fields->text_or_empty("who"),
              .when = when.value_or(WallTime()),
              .why = fields->text_or_empty("why")};
}

Deed decode_required_deed(YamlFields& record, std::string_view key) {
  record.required(key);
  return decode_deed(record, key).value_or(Deed());
}

YamlValue encode_deed(const Deed& deed) {
  YamlValue out = YamlValue::mapping();
  out.add("who", YamlValue::of(deed.who));
  out.add("when", YamlValue::of(format_rfc3339(deed.when)));
  out.add_text("why", deed.why);
  return out;
}

}  // namespace sous::codec
