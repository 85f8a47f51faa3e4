#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace sous {

/// A value or an Error. Unlike tl::expected it is nodiscard as a class, so a dropped failure does
/// not compile. Access to the wrong half is a programming error.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;

  Result(Error error)  // NOLINT(google-explicit-constructor)
      : Base(tl::unexpect, std::move(error)) {}

  /// Names what was being done when it failed.
  Result&& with(std::string context) && {
    if (!this->has_value()) {
      this->error() = std::move(this->error()).with(std::move(context));
    }
    return std::move(*this);
  }

  /// Same, with a text that is made only when it is needed.
  template <std::invocable Context>
  Result&& with(Context&& context) && {
    if (!this->has_value()) {
      this->error() = std::move(this->error()).with(std::forward<Context>(context)());
    }
    return std::move(*this);
  }
};

/// An operation without a value that may fail.
using Status = Result<void>;

inline Status ok() { return {}; }

}  // namespace sous

// The value of a Result, or return its Error from the enclosing function.
#define SOUS_TRY(expr)                           \
  __extension__({                                \
    auto sous_try_result = (expr);               \
    if (!sous_try_result.has_value()) {          \
      return std::move(sous_try_result.error()); \
    }                                            \
    std::move(sous_try_result.value());          \
  })

// Same for a Status.
#define SOUS_TRY_VOID(expr)                      \
  do {                                           \
    auto sous_try_result = (expr);               \
    if (!sous_try_result.has_value()) {          \
      return std::move(sous_try_result.error()); \
    }                                            \
  } while (false)
