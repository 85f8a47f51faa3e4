#include "adapters/system_posix/machine_id.h"

#include <gtest/gtest.h>

#include "support/code_of.h"
#include "support/fake_clock.h"
#include "support/fake_file_system.h"
#include "support/fake_rng.h"

namespace sous::system_posix {
namespace {

constexpr auto kSystem = "/etc/machine-id";
constexpr auto kOwn = "/home/u/.local/state/sous/machine-id";
constexpr auto kId = "0123456789abcdef0123456789abcdef";

class MachineId : public ::testing::Test {
 protected:
  void put(const std::string& path, std::string_view text) {
    ASSERT_TRUE(files_.write(path, text, 0644).has_value());
  }

  Result<std::string> get() { return machine_id(files_, rng_, kSystem, kOwn); }

  support::FakeClock clock_;
  support::FakeFileSystem files_{clock_};
  support::FakeRng rng_;
};

TEST_F(MachineId, is_the_systems) {
  put(kSystem, std::string(kId) + "\n");
  EXPECT_EQ(*get(), kId);
  EXPECT_FALSE(files_.info(kOwn)->has_value());
}

TEST_F(MachineId, is_made_once_and_kept_where_the_system_has_none) {
  const auto first = get();
  ASSERT_TRUE(first.has_value()) << first.error().text();
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(*get(), *first);
}

TEST_F(MachineId, a_system_file_without_an_id_counts_as_none) {
  for (const auto* text : {"", "uninitialized\n", "00000000000000000000000000000000\n", "abc"}) {
    put(kSystem, text);
    put(kOwn, kId);
    EXPECT_EQ(*get(), kId) << text;
  }
}

TEST_F(MachineId, a_stored_file_without_an_id_is_not_replaced) {
  put(kOwn, "what?");
  EXPECT_EQ(support::code_of(get()), Code::invalid_data);
  EXPECT_EQ(*files_.read(kOwn, 100), "what?");
}

TEST_F(MachineId, fails_when_it_cannot_be_kept) {
  files_.fill_disk(true);
  EXPECT_EQ(support::code_of(get()), Code::unavailable);
}

}  // namespace
}  // namespace sous::system_posix
