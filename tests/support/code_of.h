#pragma once

#include <gtest/gtest.h>

#include "base/result.h"

namespace sous::support {

/// The code of a failure; fails the test where there is none.
template <typename T>
Code code_of(const Result<T>& result) {
  EXPECT_FALSE(result.has_value()) << "succeeded where it should have failed";
  return result.has_value() ? Code::internal : result.error().code();
}

}  // namespace sous::support
