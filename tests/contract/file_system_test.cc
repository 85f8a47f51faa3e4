// What every FileSystem keeps: this machine's, and the one in memory.

#include "adapters/files_posix/file_system.h"

#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/system_posix/clock.h"
#include "support/code_of.h"
#include "support/fake_clock.h"
#include "support/fake_file_system.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMode = 0600;
constexpr std::uint64_t kEnough = 1U << 20U;

class World {
 public:
  virtual ~World() = default;

  virtual Clock& clock() = 0;
  virtual FileSystem& files() = 0;
  virtual std::string root() = 0;  // an empty directory
  virtual void link(const std::string& path, const std::string& target) = 0;
};

class SystemWorld final : public World {
 public:
  Clock& clock() override { return clock_; }

  FileSystem& files() override { return files_; }

  std::string root() override { return dir_.path(); }

  void link(const std::string& path, const std::string& target) override {
    ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0);
  }

 private:
  support::TempDir dir_;
  support::TempDir temporary_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, temporary_.path()};
};

class FakeWorld final : public World {
 public:
  FakeWorld() { EXPECT_TRUE(files_.make_directories("/work").has_value()); }

  Clock& clock() override { return clock_; }

  FileSystem& files() override { return files_; }

  std::string root() override { return "/work"; }

  void link(const std::string& path, const std::string& target) override {
    files_.make_symlink(path, target);
  }

 private:
  support::FakeClock clock_;
  support::FakeFileSystem files_{clock_};
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

using support::code_of;

class FileSystemContract : public ::testing::TestWithParam<Factory> {
 protected:
  std::string at(const std::string& name) { return root_ + "/" + name; }

  void put(const std::string& name, std::string_view bytes) {
    const Status status = files_.write(at(name), bytes, kMode);
    ASSERT_TRUE(status.has_value()) << status.error().text();
  }

  std::string get(const std::string& name) {
    auto bytes = files_.read(at(name), kEnough);
    return bytes.has_value() ? *bytes : "failed: " + bytes.error().text();
  }

  std::unique_ptr<World> world_ = GetParam().make();
  FileSystem& files_ = world_->files();
  std::string root_ = world_->root();
};

TEST_P(FileSystemContract, reads_what_was_written_making_directories) {
  const std::string bytes("a\0b\n", 4);
  put("x/y/file", bytes);
  EXPECT_EQ(get("x/y/file"), bytes);
  put("x/y/file", "");
  EXPECT_EQ(get("x/y/file"), "");
  EXPECT_EQ(files_.list(at("x/y"))->size(), 1U);  // no leftover of the replacing
}

TEST_P(FileSystemContract, reading_is_bounded) {
  put("file", "12345");
  EXPECT_TRUE(files_.read(at("file"), 5).has_value());
  EXPECT_EQ(code_of(files_.read(at("file"), 4)), Code::invalid_data);
}

TEST_P(FileSystemContract, missing_files_are_not_found) {
  EXPECT_EQ(code_of(files_.read(at("none"), kEnough)), Code::not_found);
  EXPECT_EQ(code_of(files_.open(at("none"))), Code::not_found);
  EXPECT_EQ(code_of(files_.list(at("none"))), Code::not_found);
  EXPECT_EQ(code_of(files_.canonical(at("none"))), Code::not_found);
}

TEST_P(FileSystemContract, only_files_are_read) {
  EXPECT_EQ(code_of(files_.read(root_, kEnough)), Code::invalid_data);
  EXPECT_EQ(code_of(files_.open(root_)), Code::invalid_data);
}

TEST_P(FileSystemContract, relative_paths_are_refused) {
  EXPECT_EQ(code_of(files_.read("file", kEnough)), Code::invalid_data);
  EXPECT_EQ(code_of(files_.write("file", "x", kMode)), Code::invalid_data);
  EXPECT_EQ(code_of(files_.remove("")), Code::invalid_data);
}

TEST_P(FileSystemContract, a_directory_is_not_replaced_by_a_file) {
  put("dir/file", "x");
  EXPECT_FALSE(files_.write(at("dir"), "x", kMode).has_value());
  EXPECT_EQ(get("dir/file"), "x");
}

TEST_P(FileSystemContract, a_file_is_not_taken_for_a_directory) {
  put("file", "x");
  EXPECT_FALSE(files_.write(at("file/below"), "x", kMode).has_value());
  EXPECT_FALSE(files_.make_directories(at("file")).has_value());
}

TEST_P(FileSystemContract, open_reads_in_pieces_and_again_from_the_start) {
  put("file", "hello");
  auto source = files_.open(at("file"));
  ASSERT_TRUE(source.has_value());
  std::array<char, 3> buffer{};
  EXPECT_EQ(*(*source)->read(buffer), 3U);
  EXPECT_EQ(std::string_view(buffer.data(), 3), "hel");
  EXPECT_EQ(*(*source)->read(buffer), 2U);
  EXPECT_EQ(*(*source)->read(buffer), 0U);
  ASSERT_TRUE((*source)->seek(1).has_value());
  EXPECT_EQ(*(*source)->read(buffer), 3U);
  EXPECT_EQ(std::string_view(buffer.data(), 3), "ell");
}

TEST_P(FileSystemContract, a_created_file_grows_and_begins_anew) {
  auto sink = files_.create(at("new"));
  ASSERT_TRUE(sink.has_value()) << sink.error().text();
  ASSERT_TRUE((*sink)->write("some").has_value());
  ASSERT_TRUE((*sink)->write("thing").has_value());
  EXPECT_EQ(get("new"), "something");
  ASSERT_TRUE((*sink)->restart().has_value());
  EXPECT_EQ(get("new"), "");
  ASSERT_TRUE((*sink)->write("else").has_value());
  EXPECT_EQ(get("new"), "else");
}

TEST_P(FileSystemContract, a_file_is_created_once_where_there_is_a_directory) {
  put("old", "x");
  EXPECT_EQ(code_of(files_.create(at("old"))), Code::already_exists);
  EXPECT_EQ(get("old"), "x");
  EXPECT_EQ(code_of(files_.create(at("none/file"))), Code::not_found);
  EXPECT_EQ(code_of(files_.create("relative")), Code::invalid_data);
}

TEST_P(FileSystemContract, info_tells_type_and_size_and_does_not_follow) {
  put("file", "hello");
  world_->link(at("link"), "file");
  const auto file = files_.info(at("file"));
  ASSERT_TRUE(file.has_value() && file->has_value());
  EXPECT_EQ((*file)->type, FileInfo::Type::file);
  EXPECT_EQ((*file)->size, 5U);
  EXPECT_EQ((*files_.info(at("link")))->type, FileInfo::Type::symlink);
  EXPECT_EQ((*files_.info(root_))->type, FileInfo::Type::directory);
  EXPECT_FALSE(files_.info(at("none"))->has_value());
  EXPECT_FALSE(files_.info(at("file/below"))->has_value());
}

TEST_P(FileSystemContract, a_replaced_file_is_another_file) {
  put("file", "hello");
  const auto before = files_.info(at("file"));
  put("file", "hello");
  const auto after = files_.info(at("file"));
  EXPECT_NE((*before)->inode, (*after)->inode);
}

TEST_P(FileSystemContract, writing_replaces_a_symlink_and_not_its_target) {
  put("target", "old");
  world_->link(at("link"), "target");
  EXPECT_EQ(get("link"), "old");
  put("link", "new");
  EXPECT_EQ(get("target"), "old");
  EXPECT_EQ(get("link"), "new");
}

TEST_P(FileSystemContract, lists_by_name_without_following) {
  put("b", "x");
  put("a/deep", "x");
  world_->link(at("c"), "a");
  const auto entries = files_.list(root_);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].type, FileInfo::Type::directory);
  EXPECT_EQ((*entries)[1].name, "b");
  EXPECT_EQ((*entries)[1].type, FileInfo::Type::file);
  EXPECT_EQ((*entries)[2].name, "c");
  EXPECT_EQ((*entries)[2].type, FileInfo::Type::symlink);
}

TEST_P(FileSystemContract, removes_files_and_empty_directories_only) {
  put("dir/file", "x");
  EXPECT_EQ(code_of(files_.remove(at("dir"))), Code::failed);
  EXPECT_TRUE(files_.remove(at("dir/file")).has_value());
  EXPECT_TRUE(files_.remove(at("dir")).has_value());
  EXPECT_TRUE(files_.remove(at("dir")).has_value());  // absent is fine
  EXPECT_FALSE(files_.info(at("dir"))->has_value());
}

TEST_P(FileSystemContract, removing_a_symlink_leaves_its_target) {
  put("target", "x");
  world_->link(at("link"), "target");
  EXPECT_TRUE(files_.remove(at("link")).has_value());
  EXPECT_EQ(get("target"), "x");
}

TEST_P(FileSystemContract, temporary_directories_are_new_and_removed_with_all_in_them) {
  const auto first = files_.make_temporary("sous-");
  const auto second = files_.make_temporary("sous-");
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_NE(*first, *second);
  EXPECT_NE(first->find("/sous-"), std::string::npos);
  EXPECT_TRUE(files_.write(*first + "/a/b", "x", kMode).has_value());
  put("outside", "x");
  world_->link(*first + "/link", at("outside"));
  EXPECT_TRUE(files_.remove_tree(*first).has_value());
  EXPECT_FALSE(files_.info(*first)->has_value());
  EXPECT_EQ(get("outside"), "x");
}

TEST_P(FileSystemContract, other_directories_are_never_removed_with_all_in_them) {
  put("dir/file", "x");
  EXPECT_EQ(code_of(files_.remove_tree(at("dir"))), Code::forbidden);
  const auto temporary = files_.make_temporary("sous-");
  EXPECT_TRUE(files_.make_directories(*temporary + "/sub").has_value());
  EXPECT_EQ(code_of(files_.remove_tree(*temporary + "/sub")), Code::forbidden);
  EXPECT_EQ(code_of(files_.remove_tree(*temporary + "/..")), Code::forbidden);
  EXPECT_EQ(get("dir/file"), "x");
  EXPECT_TRUE(files_.remove_tree(*temporary).has_value());
  EXPECT_EQ(code_of(files_.remove_tree(*temporary)), Code::forbidden);
}

TEST_P(FileSystemContract, a_lock_excludes_until_it_is_released) {
  auto held = files_.lock(at("locks/one"), {});
  ASSERT_TRUE(held.has_value());
  const auto soon = [&] {
    return Call{.deadline = Deadline::at(world_->clock().now() + milliseconds(10))};
  };
  EXPECT_EQ(code_of(files_.lock(at("locks/one"), soon())), Code::timeout);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(code_of(files_.lock(at("locks/one"), {.stop = source.get_token()})), Code::cancelled);
  EXPECT_TRUE(files_.lock(at("locks/other"), soon()).has_value());
  held->reset();
  EXPECT_TRUE(files_.lock(at("locks/one"), soon()).has_value());
}

TEST_P(FileSystemContract, canonical_resolves_symlinks) {
  put("real/file", "x");
  world_->link(at("link"), "real");
  EXPECT_EQ(*files_.canonical(at("link/file")), at("real/file"));
  EXPECT_EQ(*files_.canonical(at("real/../link")), at("real"));
}

INSTANTIATE_TEST_SUITE_P(
    all,
    FileSystemContract,
    ::testing::Values(Factory{"posix", [] { return std::make_unique<SystemWorld>(); }},
                      Factory{"fake", [] { return std::make_unique<FakeWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sous
