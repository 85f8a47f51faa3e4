#include "adapters/process_posix/capture.h"

#include <fcntl.h>

#include <string>

#include <gtest/gtest.h>

namespace sous::process_posix {
namespace {

constexpr std::uint64_t kPlenty = 1ULL << 40U;

Capture of_endless_output(CaptureRule rule) {
  return {Fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC)), std::move(rule)};
}

TEST(Capture, endless_output_is_left_in_time_to_look_at_the_deadline) {
  Capture capture = of_endless_output({.limit = kPlenty});
  capture.drain();
  EXPECT_FALSE(capture.ended());
  EXPECT_GE(capture.finish().size(), 1U << 20U);  // more than the biggest pipe holds
}

TEST(Capture, keeps_nothing_more_once_there_was_too_much) {
  Capture capture = of_endless_output({.limit = 1'000'000});
  capture.drain();
  EXPECT_TRUE(capture.exceeded());
  capture.drain();
  EXPECT_LE(capture.finish().size(), 1'000'000U);
}

TEST(Capture, the_last_bytes_take_no_more_than_their_limit) {
  Capture capture = of_endless_output({.limit = 1000, .keep_last = true});
  capture.drain();
  EXPECT_FALSE(capture.exceeded());
  EXPECT_EQ(capture.finish().size(), 1000U);
}

TEST(Capture, ends_with_its_source) {
  Capture capture(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), {.limit = kPlenty});
  capture.drain();
  EXPECT_TRUE(capture.ended());
  EXPECT_EQ(capture.finish(), "");
}

}  // namespace
}  // namespace sous::process_posix
