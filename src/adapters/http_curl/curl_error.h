#pragma once

#include <curl/curl.h>

#include "adapters/http_curl/target.h"
#include "base/error.h"

namespace sous::http_curl {

/// libcurl's failure as ours. `text` is its error buffer, which may be empty.
Error error_of(CURLcode code, const char* text, const Target& target);

}  // namespace sous::http_curl
