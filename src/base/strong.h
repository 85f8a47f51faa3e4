#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace sous {

/// A text that means one thing only: `struct ClusterName : StrongText<ClusterName>`. Holds no rule
/// of its own; types with a grammar have a `parse` instead.
template <typename Tag>
class StrongText {
 public:
  StrongText() = default;

  explicit StrongText(std::string text) : text_(std::move(text)) {}

  const std::string& str() const noexcept { return text_; }

  bool empty() const noexcept { return text_.empty(); }

  friend bool operator==(const StrongText&, const StrongText&) = default;
  friend auto operator<=>(const StrongText&, const StrongText&) = default;

 private:
  std::string text_;
};

}  // namespace sous
