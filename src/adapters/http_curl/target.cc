#include "adapters/http_curl/target.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ip_address.h"
#include "base/text.h"

namespace sous::http_curl {
namespace {

bool is_unprintable(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }

// Whether an entry of no_proxy covers a host: the name itself and everything below it.
bool covers(std::string_view entry, std::string_view host) {
  if (entry == "*") {
    return true;
  }
  if (entry.starts_with('.')) {
    entry.remove_prefix(1);
  }
  if (entry.empty() || !host.ends_with(entry)) {
    return false;
  }
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

}  // namespace

Result<Target> parse_target(std::string_view url) {
  if (std::ranges::any_of(url, is_unprintable)) {
    return Error(Code::invalid_data, "a URL contains a blank or a control character");
  }
  Target out;
  const auto colon = url.find("://");
  const std::string scheme =
      colon == std::string_view::npos ? "" : to_lower_ascii(url.substr(0, colon));
  if (scheme != "http" && scheme != "https") {
    return Error(Code::invalid_data, "a URL is neither http:// nor https://");
  }
  out.tls = scheme == "https";
  std::string_view rest = url.substr(colon + 3);
  const auto end = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, end);
  authority = authority.substr(authority.rfind('@') + 1);
  std::string_view path = end == std::string_view::npos ? "" : rest.substr(end);
  path = path.substr(0, path.find_first_of("?#"));
  std::string_view host = authority;
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.rfind(':'));
  }
  if (host.empty()) {
    return Error(Code::invalid_data, "a URL names no host");
  }
  out.host = to_lower_ascii(host);
  out.authority = to_lower_ascii(authority);
  out.shown = fmt::format("{}://{}{}", scheme, out.authority, path);
  return out;
}

std::string proxy_for(const CurlConfig& config, const Target& target) {
  if (host_kind(target.host) == AddressKind::loopback) {
    return {};
  }
  for (const auto entry : split(config.no_proxy, ',')) {
    if (covers(to_lower_ascii(trim(entry)), target.host)) {
      return {};
    }
  }
  return target.tls ? config.https_proxy : config.http_proxy;
}

}  // namespace sous::http_curl
