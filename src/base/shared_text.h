#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sous {

/// An immutable text whose copies share it: for names that stand in very many values. A value type
/// of a pointer's size, safe to copy on any thread; the empty text is no allocation.
class SharedText {
 public:
  SharedText() = default;

  SharedText(std::string text)  // NOLINT(google-explicit-constructor): it is a text
      : shared_(text.empty() ? nullptr : new Shared{1, std::move(text)}) {}

  SharedText(std::string_view text)  // NOLINT(google-explicit-constructor)
      : SharedText(std::string(text)) {}

  SharedText(const char* text)  // NOLINT(google-explicit-constructor)
      : SharedText(std::string(text)) {}

  SharedText(const SharedText& other) noexcept : shared_(other.shared_) {
    if (shared_ != nullptr) {
      shared_->owners.fetch_add(1, std::memory_order_relaxed);
    }
  }

  SharedText(SharedText&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}

  SharedText& operator=(SharedText other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }

  ~SharedText() {
    if (shared_ != nullptr && shared_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete shared_;
    }
  }

  const std::string& str() const noexcept {
    static const std::string kEmpty;
    return shared_ != nullptr ? shared_->text : kEmpty;
  }

  bool empty() const noexcept { return shared_ == nullptr; }

  friend bool operator==(const SharedText& a, const SharedText& b) noexcept {
    return a.shared_ == b.shared_ || a.str() == b.str();
  }

  friend std::strong_ordering operator<=>(const SharedText& a, const SharedText& b) noexcept {
    return a.shared_ == b.shared_ ? std::strong_ordering::equal : a.str() <=> b.str();
  }

 private:
  struct Shared {
    std::atomic<std::uint32_t> owners;
    const std::string text;
  };

  Shared* shared_ = nullptr;
};

}  // namespace sous
