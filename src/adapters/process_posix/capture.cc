#include "adapters/process_posix/capture.h"

#include <errno.h>
#include <unistd.h>

#include <array>

namespace sous::process_posix {
namespace {

constexpr std::size_t kChunk = 64U << 10U;
// More than the biggest pipe holds, and an end to the reading of a program that writes for ever.
constexpr int kChunksPerDrain = 20;
// A longer line is handed on in pieces, so that one without end cannot fill the memory.
constexpr std::size_t kLongestLine = 64U << 10U;

}  // namespace

void Capture::drain() {
  std::array<char, kChunk> buffer{};
  for (int i = 0; source_ && i < kChunksPerDrain; ++i) {
    const ssize_t got = ::read(source_.get(), buffer.data(), buffer.size());
    if (got > 0) {
      take({buffer.data(), static_cast<std::size_t>(got)});
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else if (got == 0 || errno != EINTR) {
      source_.reset();
    }
  }
}

void Capture::take(std::string_view bytes) {
  if (exceeded_) {
    return;
  }
  if (rule_.on_line) {
    take_lines(bytes);
  }
  if (!rule_.collect) {
    return;
  }
  if (rule_.keep_last) {
    collected_ += bytes;
    // Cut only now and then: each cut moves all that is kept.
    if (collected_.size() > 2 * rule_.limit) {
      collected_.erase(0, collected_.size() - rule_.limit);
    }
    return;
  }
  if (bytes.size() > rule_.limit - collected_.size()) {
    exceeded_ = true;
    return;
  }
  collected_ += bytes;
}

void Capture::take_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (end == std::string_view::npos && line_.size() < kLongestLine) {
      return;
    }
    rule_.on_line(line_);
    line_.clear();
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

std::string Capture::finish() {
  if (!line_.empty()) {
    rule_.on_line(line_);
    line_.clear();
  }
  if (rule_.keep_last && collected_.size() > rule_.limit) {
    collected_.erase(0, collected_.size() - rule_.limit);
  }
  return std::move(collected_);
}

}  // namespace sous::process_posix
