#include "adapters/registry_oci/answers.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "ports/http_status.h"

namespace sous::registry_oci {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxErrorBody = 64ULL << 10U;
constexpr std::size_t kMaxQuoted = 200;

struct RegistryWords {
  std::string code;
  std::string message;
};

// Text of the other side, fit for one line of ours.
std::string tame(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxQuoted)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return is_valid_utf8(out) ? out : std::string();
}

std::string string_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(json::string_view(key.data(), key.size()));
  if (value == nullptr || !value->is_string()) {
    return {};
  }
  return tame(std::string_view(value->get_string().data(), value->get_string().size()));
}

RegistryWords words_of(const HttpResponse& response) {
  if (response.body.empty() || response.body.size() > kMaxErrorBody || is_web_page(response)) {
    return {};
  }
  json::error_code failure;
  const json::value value = json::parse(response.body, failure);
  if (failure || !value.is_object()) {
    return {};
  }
  const auto* errors = value.get_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().empty() ||
      !errors->get_array().front().is_object()) {
    return {};
  }
  const auto& first = errors->get_array().front().get_object();
  return {string_at(first, "code"), string_at(first, "message")};
}

Code code_of(int status, const std::string& word) {
  if (word == "DIGEST_INVALID" || word == "MANIFEST_INVALID") {
    return Code::invalid_data;
  }
  switch (status) {
    case 405:
      return Code::unsupported;
    case 410:
      return Code::not_found;
    default:
      return code_of_http_status(status);
  }
}

std::string hint_of(int status, const std::string& host) {
  switch (status) {
    case 401:
      return fmt::format("log in: podman login {}", host);
    case 403:
      return fmt::format("log in with an account that may do this: podman login {}", host);
    case 429:
      return fmt::format(
          "{} limits requests: try again later, or log in: podman login {}", host, host);
    default:
      return status >= 500 ? fmt::format("try again later; {} has a fault of its own", host)
                           : std::string();
  }
}

}  // namespace

std::string plain_media_type(std::string_view content_type) {
  return to_lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_web_page(const HttpResponse& response) {
  const auto* type = response.header("Content-Type");
  if (type == nullptr) {
    return false;
  }
  const std::string plain = plain_media_type(*type);
  return plain == "text/html" || plain == "application/xhtml+xml";
}

std::string registry_error_code(const HttpResponse& response) { return words_of(response).code; }

Error refusal(const HttpResponse& response, const std::string& host) {
  const RegistryWords words = words_of(response);
  std::string said;
  if (!words.code.empty() || !words.message.empty()) {
    said = fmt::format(" ({}{}{})",
                       words.code,
                       words.code.empty() || words.message.empty() ? "" : ": ",
                       words.message);
  }
  Error error(code_of(response.status, words.code),
              fmt::format("{} answered {}{}", host, response.status, said));
  std::string hint = hint_of(response.status, host);
  return hint.empty() ? error : std::move(error).hinted(std::move(hint));
}

}  // namespace sous::registry_oci
