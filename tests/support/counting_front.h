#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/background_process.h"
#include "support/temp_dir.h"

namespace sous::support {

/// A real nginx in front of a registry, which counts what is asked of it. One worker, so that a
/// request's line stands in the log before a later one is answered.
class CountingFront {
 public:
  /// `upstream` is `host:port`. Requests whose path contains one of `broken` are answered with 500.
  /// Throws when it does not start.
  explicit CountingFront(const std::string& upstream, const std::vector<std::string>& broken = {});

  /// `127.0.0.1:<port>`.
  const std::string& host() const noexcept { return host_; }

  /// `GET /v2/app/tags/list?n=1000` of each request since the last call, in order, redirects and
  /// all.
  std::vector<std::string> requests();

 private:
  TempDir directory_;
  std::string host_;
  std::size_t told_ = 0;
  std::unique_ptr<BackgroundProcess> program_;
};

}  // namespace sous::support
