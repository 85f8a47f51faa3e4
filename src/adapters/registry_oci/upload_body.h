#pragma once

#include <cstdint>
#include <functional>

#include "ports/byte_stream.h"

namespace sous::registry_oci {

/// What is left of a blob from `offset` on, told as it is read.
class UploadBody final : public ByteSource {
 public:
  UploadBody(ByteSource& blob,
             std::uint64_t offset,
             const std::function<void(std::uint64_t)>& progress)
      : blob_(blob), offset_(offset), progress_(progress) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t got = SOUS_TRY(blob_.read(buffer));
    at_ += got;
    if (progress_ && got > 0) {
      progress_(offset_ + at_);
    }
    return got;
  }

  Status seek(std::uint64_t offset) override {
    at_ = offset;
    return blob_.seek(offset_ + offset);
  }

 private:
  ByteSource& blob_;
  std::uint64_t offset_;
  const std::function<void(std::uint64_t)>& progress_;
  std::uint64_t at_ = 0;
};

}  // namespace sous::registry_oci
