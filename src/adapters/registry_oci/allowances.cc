#include "adapters/registry_oci/allowances.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::uint64_t kReservedPart = 10;  // one of so many
constexpr std::uint64_t kUsualWindow = 60;   // seconds
constexpr std::uint64_t kLongestWindow = 24ULL * 3600;

std::optional<std::uint64_t> count_of(const std::string* header) {
  if (header == nullptr) {
    return std::nullopt;
  }
  const auto number = parse_uint(trim(std::string_view(*header).substr(0, header->find(';'))));
  return number.has_value() ? std::optional(*number) : std::nullopt;
}

// The `w=21600` after the count.
Duration window_of(std::string_view header) {
  std::uint64_t seconds = kUsualWindow;
  for (const auto part : split(header, ';')) {
    const auto text = trim(part);
    if (text.starts_with("w=")) {
      seconds = parse_uint(text.substr(2)).value_or(kUsualWindow);
    }
  }
  return std::chrono::seconds(std::min(seconds, kLongestWindow));
}

}  // namespace

bool Allowances::learn(const std::string& host, const HttpResponse& response, MonoTime now) {
  const auto* header = response.header("RateLimit-Remaining");
  const auto left = count_of(header);
  if (!left) {
    return false;
  }
  auto known = known_.lock();
  (*known)[host] = {
      count_of(response.header("RateLimit-Limit")).value_or(0), *left, now + window_of(*header)};
  return *left == 0;
}

std::optional<std::uint64_t> Allowances::for_many(const std::string& host, MonoTime now) {
  auto known = known_.lock();
  const auto at = known->find(host);
  if (at == known->end() || at->second.ends <= now) {
    return std::nullopt;
  }
  const std::uint64_t reserved = at->second.limit / kReservedPart;
  return at->second.left > reserved ? at->second.left - reserved : 0;
}

}  // namespace sous::registry_oci
