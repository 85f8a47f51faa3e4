#include "adapters/http_curl/curl_error.h"

#include <string>

#include <fmt/format.h>

namespace sous::http_curl {
namespace {

Code code_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Code::timeout;
    case CURLE_UNSUPPORTED_PROTOCOL:  // also: an answer without a status line
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return Code::invalid_data;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
      return Code::internal;
    default:
      return Code::unavailable;
  }
}

std::string hint_of(CURLcode code, const Target& target) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return fmt::format("if {} is to be trusted, give its CA certificate as an extra CA file",
                         target.host);
    case CURLE_SSL_CACERT_BADFILE:
      return "check that the extra CA file exists and holds PEM certificates";
    case CURLE_SSL_CONNECT_ERROR:
      return fmt::format("{} may speak plain http", target.authority);
    case CURLE_COULDNT_RESOLVE_HOST:
      return fmt::format("check the name {} and this machine's DNS", target.host);
    case CURLE_COULDNT_CONNECT:
      return fmt::format("check that {} is up and reachable from here", target.authority);
    default:
      return {};
  }
}

}  // namespace

Error error_of(CURLcode code, const char* text, const Target& target) {
  std::string message = text != nullptr && *text != 0 ? text : curl_easy_strerror(code);
  while (message.ends_with('.') || message.ends_with('\n')) {
    message.pop_back();
  }
  Error error(code_of(code), std::move(message));
  std::string hint = hint_of(code, target);
  return hint.empty() ? error : std::move(error).hinted(std::move(hint));
}

}  // namespace sous::http_curl
