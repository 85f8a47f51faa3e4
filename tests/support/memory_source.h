#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "ports/byte_stream.h"

namespace sous::support {

/// A ByteSource over a text, given out in pieces of at most `piece` bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes, std::size_t piece = 4096)
      : bytes_(std::move(bytes)), piece_(piece) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t size = std::min({buffer.size(), piece_, bytes_.size() - position_});
    bytes_.copy(buffer.data(), size, position_);
    position_ += size;
    return size;
  }

  Status seek(std::uint64_t offset) override {
    if (offset > bytes_.size()) {
      return Error(Code::invalid_data, "a seek beyond the end");
    }
    position_ = static_cast<std::size_t>(offset);
    return ok();
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

}  // namespace sous::support
