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
  /// Parts of paths, as nginx's regular expressions.
  struct Faults {
    std::vector<std::string> broken = {};     // answered with 500
    std::vector<std::string> read_only = {};  // what would change them is answered with 403
  };

  /// `upstream` is `host:port`. Throws when it does not start.
  explicit CountingFront(const std::string& upstream, const Faults& faults);

  explicit CountingFront(const std::string& upstream) : CountingFront(upstream, Faults{}) {}

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
