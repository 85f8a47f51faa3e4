#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ports/http_client.h"

namespace sous::support {

/// A request as it arrived.
struct SeenRequest {
  std::string method;
  std::string target;  // path and query
  Headers headers;
  std::string body;

  /// The first header of that name (any case), or empty.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;

  /// `GET /v2/a/tags/list?n=1000`.
  std::string line() const { return method + " " + target; }
};

/// What a scripted server does about one request.
struct ScriptedAnswer {
  int status = 200;
  Headers headers = {};  // Content-Length is added unless it stands here; a longer one stalls
  std::string body = {};
  /// The connection ends after so many bytes of the body.
  std::optional<std::size_t> cut_after = {};
  /// The connection ends without an answer.
  bool hang_up = false;
  /// Nothing is answered until ScriptedHttp::release().
  bool hold = false;
  /// So long nothing comes at all.
  Duration delay{0};
  /// The body comes byte by byte, so long apart.
  Duration per_byte{0};
  /// Sent in place of all the above, as it is; then the connection ends.
  std::string raw = {};
};

/// Decides each answer; called on the server's thread, one request at a time.
using HttpScript = std::function<ScriptedAnswer(const SeenRequest&)>;

}  // namespace sous::support
