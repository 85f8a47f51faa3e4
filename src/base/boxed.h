#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sous {

/// An optional value that takes the room of a pointer while it is absent: for big fields that most
/// of very many objects do not have. A value type; used as std::optional is.
template <typename T>
class Boxed {
 public:
  Boxed() = default;

  Boxed(std::nullopt_t) {}  // NOLINT(google-explicit-constructor): as std::optional

  Boxed(T value)  // NOLINT(google-explicit-constructor): as std::optional
      : value_(std::make_unique<T>(std::move(value))) {}

  Boxed(std::optional<T> value) {  // NOLINT(google-explicit-constructor)
    if (value) {
      value_ = std::make_unique<T>(std::move(*value));
    }
  }

  Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}

  Boxed(Boxed&&) noexcept = default;

  Boxed& operator=(const Boxed& other) {
    if (this != &other) {
      *this = Boxed(other);
    }
    return *this;
  }

  Boxed& operator=(Boxed&&) noexcept = default;

  ~Boxed() = default;

  explicit operator bool() const noexcept { return value_ != nullptr; }

  operator std::optional<T>() const {  // NOLINT(google-explicit-constructor): a value, as it was
    return value_ ? std::optional<T>(*value_) : std::nullopt;
  }

  bool has_value() const noexcept { return value_ != nullptr; }

  T& operator*() noexcept { return *value_; }

  const T& operator*() const noexcept { return *value_; }

  T* operator->() noexcept { return value_.get(); }

  const T* operator->() const noexcept { return value_.get(); }

  T value_or(T otherwise) const { return value_ ? *value_ : std::move(otherwise); }

  void reset() noexcept { value_.reset(); }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a.value_ && b.value_ ? *a == *b : !a.value_ && !b.value_;
  }

  friend bool operator==(const Boxed& a, std::nullopt_t) { return !a.value_; }

  template <typename U>
    requires(std::is_same_v<U, T> || std::is_array_v<U>)  // a literal beside a text
  friend bool operator==(const Boxed& a, const U& b) {
    return a.value_ && *a == b;
  }

  // Without it an absent optional would be compared as a T and differ from what is absent here.
  friend bool operator==(const Boxed& a, const std::optional<T>& b) {
    return a.value_ && b ? *a == *b : !a.value_ && !b;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace sous
