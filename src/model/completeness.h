#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sous {

/// Whether an answer is all there is (design.md section 1, promise 5). Partial says why, and names
/// what could not be read.
class Completeness {
 public:
  static Completeness complete() { return {}; }

  static Completeness partial(std::string reason, std::vector<std::string> missing) {
    Completeness out;
    out.complete_ = false;
    out.reason_ = std::move(reason);
    out.missing_ = std::move(missing);
    return out;
  }

  bool is_complete() const noexcept { return complete_; }

  const std::string& reason() const noexcept { return reason_; }

  const std::vector<std::string>& missing() const noexcept { return missing_; }

  friend bool operator==(const Completeness&, const Completeness&) = default;

 private:
  bool complete_ = true;
  std::string reason_;
  std::vector<std::string> missing_;
};

}  // namespace sous
