#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace sous {

/// Bytes that can be read from the start again, so that an upload can be repeated. One thread at a
/// time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills the front of `buffer`; 0 is the end.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
  virtual Status seek(std::uint64_t offset) = 0;
};

/// Where bytes go piece by piece. One thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  virtual Status write(std::string_view bytes) = 0;
  /// Forgets what was written, so that a download can be repeated.
  virtual Status restart() = 0;
};

}  // namespace sous
