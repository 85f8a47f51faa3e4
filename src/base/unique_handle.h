#pragma once

#include <utility>

namespace sous {

/// Sole owner of a plain handle such as a file descriptor; `Close` ends it, `kNone` is no handle.
template <typename Handle, Handle kNone, typename Close>
class UniqueHandle {
 public:
  UniqueHandle() = default;

  explicit UniqueHandle(Handle handle) : handle_(handle) {}

  ~UniqueHandle() { reset(); }

  UniqueHandle(UniqueHandle&& other) noexcept : handle_(other.release()) {}

  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) {
      reset(other.release());
    }
    return *this;
  }

  UniqueHandle(const UniqueHandle&) = delete;
  UniqueHandle& operator=(const UniqueHandle&) = delete;

  Handle get() const noexcept { return handle_; }

  explicit operator bool() const noexcept { return handle_ != kNone; }

  /// Gives the handle up without closing it.
  Handle release() noexcept { return std::exchange(handle_, kNone); }

  void reset(Handle handle = kNone) noexcept {
    if (const Handle old = std::exchange(handle_, handle); old != kNone) {
      Close{}(old);
    }
  }

 private:
  Handle handle_ = kNone;
};

}  // namespace sous
