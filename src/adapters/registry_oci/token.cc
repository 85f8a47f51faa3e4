#include "adapters/registry_oci/token.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <boost/json.hpp>

namespace sous::registry_oci {
namespace {

namespace json = boost::json;

constexpr std::int64_t kShortest = 60;
constexpr std::int64_t kLongest = std::int64_t{24} * 3600;

bool may_stand_in_a_header(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string text_at(const json::object& object, json::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    return {};
  }
  return {value->get_string().data(), value->get_string().size()};
}

// Services send numbers, and some send them as strings or with a fraction.
std::int64_t lifetime_at(const json::object& object) {
  const auto* value = object.if_contains("expires_in");
  if (value == nullptr) {
    return kShortest;
  }
  if (const auto* number = value->if_int64()) {
    return std::clamp(*number, kShortest, kLongest);
  }
  if (value->is_double()) {
    const double number = value->get_double();
    return number > static_cast<double>(kShortest)
               ? static_cast<std::int64_t>(std::min(number, static_cast<double>(kLongest)))
               : kShortest;
  }
  return value->is_uint64() ? kLongest : kShortest;
}

}  // namespace

Result<TokenAnswer> parse_token(std::string_view body) {
  json::error_code failure;
  const json::value value = json::parse(json::string_view(body.data(), body.size()), failure);
  if (failure || !value.is_object()) {
    return Error(Code::invalid_data, "the token service's answer is not a JSON object");
  }
  std::string token = text_at(value.get_object(), "token");
  if (token.empty()) {
    token = text_at(value.get_object(), "access_token");
  }
  if (!may_stand_in_a_header(token)) {
    return Error(Code::invalid_data, "the token service's answer holds no usable token");
  }
  return TokenAnswer{std::move(token), std::chrono::seconds(lifetime_at(value.get_object()))};
}

}  // namespace sous::registry_oci
