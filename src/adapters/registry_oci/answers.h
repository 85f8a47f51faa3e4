#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "ports/http_client.h"

namespace sous::registry_oci {

/// A media type without parameters, in lower case.
std::string plain_media_type(std::string_view content_type);

/// Whether the answer is a page for people, as proxies and login portals send.
bool is_web_page(const HttpResponse& response);

/// The first error code that a registry's JSON error body names, e.g. `MANIFEST_UNKNOWN`; or empty.
std::string registry_error_code(const HttpResponse& response);

/// An answer that is not what was asked for, as an error: the status decides the code, the
/// registry's own words are in the message, and the hint says what to do.
Error refusal(const HttpResponse& response, const std::string& host);

}  // namespace sous::registry_oci
