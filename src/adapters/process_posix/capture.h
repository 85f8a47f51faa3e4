#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/process_posix/fd.h"

namespace sous::process_posix {

/// What is done with the bytes of one output.
struct CaptureRule {
  std::uint64_t limit = 0;
  bool keep_last = false;  // beyond the limit: drop the oldest; otherwise it is exceeded
  bool collect = true;
  std::function<void(std::string_view)> on_line;
};

/// Reads one output of a program. One thread.
class Capture {
 public:
  Capture(Fd source, CaptureRule rule) : source_(std::move(source)), rule_(std::move(rule)) {}

  /// -1 once the output has ended.
  int fd() const noexcept { return source_.get(); }

  bool ended() const noexcept { return !source_; }

  /// More was written than may be.
  bool exceeded() const noexcept { return exceeded_; }

  /// Takes what is there now; never blocks. After an excess the bytes are dropped.
  void drain();
  /// Hands on the last line when it has no end, and gives what was collected.
  std::string finish();

 private:
  void take(std::string_view bytes);
  void take_lines(std::string_view bytes);

  Fd source_;
  CaptureRule rule_;
  std::string collected_;
  std::string line_;
  bool exceeded_ = false;
};

}  // namespace sous::process_posix
