#include "adapters/registry_oci/url.h"

#include <algorithm>
#include <exception>

#include <boost/url.hpp>
#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"

namespace sous::registry_oci {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMaxUrl = 16384;

Error malformed() { return {Code::invalid_data, "not an absolute http or https URL"}; }

std::string text_of(urls::string_view view) { return {view.data(), view.size()}; }

Result<Url> from_boost(const urls::url_view& view) {
  Url out;
  out.scheme = to_lower_ascii(text_of(view.scheme()));
  if ((out.scheme != "http" && out.scheme != "https") || !view.has_authority() ||
      view.has_userinfo()) {
    return malformed();
  }
  out.host = to_lower_ascii(text_of(view.encoded_host()));
  const std::string port = text_of(view.port());
  const bool usual = port.empty() || port == (out.scheme == "https" ? "443" : "80");
  out.authority = usual ? out.host : out.host + ":" + port;
  out.path = text_of(view.encoded_path());
  out.query = text_of(view.encoded_query());
  if (out.host.empty() || (!out.path.empty() && out.path.front() != '/')) {
    return malformed();
  }
  if (out.path.empty()) {
    out.path = "/";
  }
  return out;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxUrl) {
    return malformed();
  }
  const auto view = urls::parse_uri(urls::string_view(text.data(), text.size()));
  return view.has_value() ? from_boost(*view) : malformed();
}

Result<Url> Url::resolve(std::string_view reference) const {
  if (reference.size() > kMaxUrl) {
    return malformed();
  }
  const std::string base_text = str();
  const auto base = urls::parse_uri(urls::string_view(base_text.data(), base_text.size()));
  const auto view =
      urls::parse_uri_reference(urls::string_view(reference.data(), reference.size()));
  if (!base.has_value() || !view.has_value()) {
    return malformed();
  }
  try {
    urls::url resolved;
    const auto done = urls::resolve(*base, *view, resolved);
    return done.has_value() ? from_boost(resolved) : malformed();
  } catch (const std::exception&) {
    return malformed();
  }
}

std::string with_parameter(std::string_view query, std::string_view name, std::string_view value) {
  return fmt::format(
      "{}{}{}={}", query, query.empty() ? "" : "&", name, percent_encoded(value, "/"));
}

}  // namespace sous::registry_oci
