#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sous::registry_oci {

/// An absolute http or https URL in the parts that matter here.
struct Url {
  std::string scheme;
  std::string host;       // lower case, brackets kept, no port
  std::string authority;  // host[:port], the scheme's own port dropped
  std::string path;       // percent-encoded, begins with `/`
  std::string query;      // without `?`; empty for none

  /// Fails with invalid_data on anything but an absolute http(s) URL without user.
  static Result<Url> parse(std::string_view text);

  /// Another URL as seen from this one (a Location, a Link).
  Result<Url> resolve(std::string_view reference) const;

  std::string origin() const { return scheme + "://" + authority; }

  std::string path_and_query() const { return query.empty() ? path : path + "?" + query; }

  std::string str() const { return origin() + path_and_query(); }
};

/// A query with one more `name=value`, the value percent-encoded but for its slashes.
std::string with_parameter(std::string_view query, std::string_view name, std::string_view value);

}  // namespace sous::registry_oci
