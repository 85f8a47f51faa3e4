#include "adapters/files_posix/file_system.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/code_of.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace sous::files_posix {
namespace {

class PosixFileSystemTest : public ::testing::Test {
 protected:
  support::TempDir dir_;
  support::FakeClock clock_;
  PosixFileSystem files_{clock_, dir_.path()};
};

mode_t mode_of(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

TEST_F(PosixFileSystemTest, modes_do_not_depend_on_the_umask) {
  const mode_t old = ::umask(0177);
  EXPECT_TRUE(files_.write(dir_ / "new/file", "x", 0644).has_value());
  ::umask(old);
  EXPECT_EQ(mode_of(dir_ / "new/file"), 0644U);
}

TEST_F(PosixFileSystemTest, directories_it_makes_are_for_the_owner_alone) {
  EXPECT_TRUE(files_.write(dir_ / "new/deep/file", "x", 0600).has_value());
  EXPECT_EQ(mode_of(dir_ / "new"), 0700U);
  EXPECT_EQ(mode_of(dir_ / "new/deep"), 0700U);
  const auto temporary = files_.make_temporary("t-");
  ASSERT_TRUE(temporary.has_value());
  EXPECT_EQ(mode_of(*temporary), 0700U);
}

TEST_F(PosixFileSystemTest, a_failed_write_leaves_the_old_file_and_no_other) {
  std::filesystem::create_directories(dir_ / "place/occupied/full");
  EXPECT_FALSE(files_.write(dir_ / "place/occupied", "x", 0600).has_value());
  const auto entries = files_.list(dir_ / "place");
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(entries->size(), 1U);
}

TEST_F(PosixFileSystemTest, files_that_go_while_it_lists_are_left_out) {
  std::filesystem::create_directories(dir_ / "busy");
  const std::string path = dir_ / "busy/file";
  const std::jthread other([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (int i = 0; i < 50; ++i) {
        support::write_file(path + std::to_string(i), "x");
      }
      for (int i = 0; i < 50; ++i) {
        std::filesystem::remove(path + std::to_string(i));
      }
    }
  });
  for (int i = 0; i < 3000; ++i) {
    const auto entries = files_.list(dir_ / "busy");
    ASSERT_TRUE(entries.has_value()) << entries.error().text();
  }
}

TEST_F(PosixFileSystemTest, a_fifo_is_refused_without_waiting) {
  ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(support::code_of(files_.read(dir_ / "fifo", 10)), Code::invalid_data);
  EXPECT_EQ((*files_.info(dir_ / "fifo"))->type, FileInfo::Type::other);
}

TEST_F(PosixFileSystemTest, endless_files_are_refused) {
  EXPECT_EQ(support::code_of(files_.read("/dev/zero", 10)), Code::invalid_data);
}

TEST_F(PosixFileSystemTest, a_symlink_is_no_lock) {
  ASSERT_EQ(::symlink("elsewhere", (dir_ / "lock").c_str()), 0);
  EXPECT_EQ(support::code_of(files_.lock(dir_ / "lock", {})), Code::invalid_data);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "elsewhere"));
}

TEST_F(PosixFileSystemTest, another_object_cannot_remove_a_temporary_directory) {
  const auto temporary = files_.make_temporary("t-");
  ASSERT_TRUE(temporary.has_value());
  PosixFileSystem other(clock_, dir_.path());
  EXPECT_EQ(support::code_of(other.remove_tree(*temporary)), Code::forbidden);
  EXPECT_TRUE(files_.remove_tree(*temporary).has_value());
}

// A reader never sees a part of a write.
TEST_F(PosixFileSystemTest, readers_see_the_old_or_the_new_file) {
  const std::string a(50'000, 'a');
  const std::string b(80'000, 'b');
  ASSERT_TRUE(files_.write(dir_ / "file", a, 0600).has_value());
  std::jthread writer([&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(files_.write(dir_ / "file", i % 2 == 0 ? b : a, 0600).has_value());
    }
  });
  for (int i = 0; i < 200; ++i) {
    const auto seen = files_.read(dir_ / "file", 1U << 20U);
    ASSERT_TRUE(seen.has_value());
    EXPECT_TRUE(*seen == a || *seen == b);
  }
}

}  // namespace
}  // namespace sous::files_posix
