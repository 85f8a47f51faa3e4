#pragma once

#include <string>
#include <string_view>

#include "adapters/http_curl/curl_http_client.h"
#include "base/result.h"

namespace sous::http_curl {

/// Where a request goes, as far as scheduling, proxies and error texts need it.
struct Target {
  bool tls = false;
  std::string host;       // without port, user and brackets
  std::string authority;  // host:port as written
  std::string shown;      // the URL without user, query and fragment: fit for messages
};

/// Fails with invalid_data unless `url` is absolute, http or https, and free of blanks and control
/// characters.
Result<Target> parse_target(std::string_view url);

/// The proxy that the configuration gives for a target; empty for a direct connection.
std::string proxy_for(const CurlConfig& config, const Target& target);

}  // namespace sous::http_curl
