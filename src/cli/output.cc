#include "cli/output.h"

#include <fmt/format.h>

#include "cli/json_views.h"
#include "codec/yaml_writer.h"

namespace sous::cli {
namespace {

codec::YamlValue as_yaml(const codec::Json& json) {
  using Type = codec::Json::Type;
  switch (json.type()) {
    case Type::string:
      return codec::YamlValue::of(*json.as_string());
    case Type::array: {
      auto out = codec::YamlValue::sequence();
      for (const auto& item : *json.as_array()) {
        out.items.push_back(as_yaml(item));
      }
      return out;
    }
    case Type::object: {
      auto out = codec::YamlValue::mapping();
      for (const auto& member : *json.as_object()) {
        out.add(member.name, as_yaml(member.value));
      }
      return out;
    }
    case Type::null:
    case Type::boolean:
    case Type::number:
      break;
  }
  auto out = codec::YamlValue::of(json.dump());
  out.raw = true;
  return out;
}

}  // namespace

std::string as_document(const codec::Json& json, Format format) {
  return format == Format::yaml ? codec::yaml_block(as_yaml(json)) : json.dump_pretty();
}

Output::Output(Wiring& wiring, const Environment& environment, Format format, Verbosity verbosity)
    : wiring_(wiring), format_(format), verbosity_(verbosity) {
  const bool colors = !environment.variable("NO_COLOR") && environment.variable("TERM") != "dumb";
  out_style_ = {.width = environment.out_is_terminal ? environment.width : 0,
                .color = colors && environment.out_is_terminal};
  err_style_ = {.width = environment.err_is_terminal ? environment.width : 0,
                .color = colors && environment.err_is_terminal};
}

void Output::document(const codec::Json& json) { wiring_.out(as_document(json, format_)); }

void Output::answer(const Answer& answer) {
  if (for_people()) {
    wiring_.out(answer.text);
  } else {
    document(answer.json);
  }
}

void Output::failure(const Error& error) {
  if (!for_people()) {
    document(error_json(error));
  }
  std::string text = fmt::format("{} {}\n", err_style_.bad("error:"), error.text());
  for (const auto& detail : error.details()) {
    text += fmt::format("  {}\n", detail);
  }
  if (!error.hint().empty()) {
    text += fmt::format("{} {}\n", err_style_.bold("hint:"), error.hint());
  }
  wiring_.err(text);
}

void Output::progress(std::string_view line) {
  if (verbosity_ >= Verbosity::normal) {
    wiring_.err(fmt::format("{}\n", line));
  }
}

void Output::detail(std::string_view line) {
  if (verbosity_ >= Verbosity::loud) {
    wiring_.err(fmt::format("{}\n", line));
  }
}

void Output::note(std::string_view line) {
  if (verbosity_ > Verbosity::silent) {
    wiring_.err(fmt::format("{} {}\n", err_style_.doubtful("note:"), line));
  }
}

void Output::page(std::string_view text) { wiring_.out(text); }

void Output::page_as_talk(std::string_view text) { wiring_.err(text); }

}  // namespace sous::cli
