#include "codec/startup_record.h"

#include <array>
#include <limits>
#include <utility>

#include "base/text.h"

namespace sous::codec {
namespace {

using NumberField = std::optional<std::uint32_t> Startup::*;

constexpr std::array<std::pair<std::string_view, NumberField>, 7> kNumbers{{
    {"ConnectDelay", &Startup::connect_delay},
    {"Timeout", &Startup::timeout},
    {"ConnectInterval", &Startup::connect_interval},
    {"CheckReadyPortIndex", &Startup::check_ready_port_index},
    {"CheckReadyURITimeout", &Startup::check_ready_uri_timeout},
    {"CheckReadyInterval", &Startup::check_ready_interval},
    {"CheckReadyRetries", &Startup::check_ready_retries},
}};

constexpr std::string_view kSkip = "SkipCheck";
constexpr std::string_view kProtocol = "CheckReadyProtocol";
constexpr std::string_view kPath = "CheckReadyURIPath";
constexpr std::string_view kStatuses = "CheckReadyFailureStatuses";

std::optional<std::uint32_t> small_number(std::string_view text) {
  const auto value = parse_uint(text);
  if (!value || *value > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*value);
}

// Reads one block. What is wrong is noted by `reject`, as a problem or as a flaw.
class Reader {
 public:
  Reader(YamlFields& fields, Flaws& flaws) : fields_(fields), flaws_(flaws) {}

  Startup read() {
    Startup out;
    out.skip_check = fields_.boolean(kSkip);
    skipped_ = out.skip_check.value_or(false);
    for (const auto& [key, member] : kNumbers) {
      out.*member = number(key);
    }
    out.check_ready_protocol = protocol();
    out.check_ready_uri_path = fields_.text(kPath);
    if (fields_.get(kStatuses) != nullptr) {
      out.check_ready_failure_statuses = statuses();
    }
    fields_.find_misspelt(flaws_);
    return out;
  }

 private:
  void reject(std::string_view key, std::string message) {
    if (skipped_) {
      flaws_.push_back(
          fields_.flaw(key, std::move(message), "ignored, since the check is skipped"));
    } else {
      fields_.problem(key, message);
    }
  }

  std::optional<std::uint32_t> number(std::string_view key) {
    const auto text = fields_.text(key);
    if (!text) {
      return std::nullopt;
    }
    const auto value = small_number(*text);
    if (!value) {
      reject(key, quote(*text) + " is not a whole number from 0");
    }
    return value;
  }

  std::optional<std::string> protocol() {
    const auto text = fields_.text(kProtocol);
    if (!text || *text == "HTTP" || *text == "HTTPS") {
      return text;
    }
    const std::string lower = to_lower_ascii(*text);
    if (lower == "http" || lower == "https") {
      std::string upper = lower == "http" ? "HTTP" : "HTTPS";
      flaws_.push_back(fields_.flaw(kProtocol, quote(*text) + " is not in capitals", upper));
      return upper;
    }
    reject(kProtocol, quote(*text) + " is neither HTTP nor HTTPS");
    return std::nullopt;
  }

  std::vector<std::uint32_t> statuses() {
    std::vector<std::uint32_t> out;
    for (const std::string& text : fields_.texts(kStatuses)) {
      if (const auto value = small_number(text)) {
        out.push_back(*value);
      } else {
        reject(kStatuses, quote(text) + " is no HTTP status");
      }
    }
    return out;
  }

  YamlFields& fields_;
  Flaws& flaws_;
  bool skipped_ = false;
};

}  // namespace

Startup decode_startup(YamlFields& fields, Flaws& flaws) { return Reader(fields, flaws).read(); }

YamlValue encode_startup(const Startup& startup) {
  YamlValue out = YamlValue::mapping();
  if (startup.skip_check) {
    out.add(kSkip, YamlValue::boolean(*startup.skip_check));
  }
  for (const auto& [key, member] : kNumbers) {
    if (const auto& value = startup.*member) {
      out.add(key, YamlValue::number(*value));
    }
  }
  if (startup.check_ready_protocol) {
    out.add(kProtocol, YamlValue::of(*startup.check_ready_protocol));
  }
  if (startup.check_ready_uri_path) {
    out.add(kPath, YamlValue::of(*startup.check_ready_uri_path));
  }
  if (startup.check_ready_failure_statuses) {
    YamlValue statuses = YamlValue::sequence();
    for (const std::uint32_t status : *startup.check_ready_failure_statuses) {
      statuses.items.push_back(YamlValue::number(status));
    }
    out.add(kStatuses, std::move(statuses));
  }
  return out;
}

YamlValue encode_text_map(const TextMap& map) {
  YamlValue out = YamlValue::mapping();
  for (const auto& [key, value] : map) {
    out.add(key, YamlValue::of(value));
  }
  return out;
}

}  // namespace sous::codec
