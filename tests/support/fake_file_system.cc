#include "support/fake_file_system.h"

#include <algorithm>
#include <filesystem>

namespace sous::support {
namespace {

namespace fs = std::filesystem;
using State = FakeFileSystem::State;
using Node = FakeFileSystem::Node;

constexpr int kMostLinks = 16;

Result<std::string> normal(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return Error(Code::invalid_data, "`" + path + "` is not an absolute path");
  }
  std::string text = fs::path(path).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

Error missing(const std::string& path) {
  return Error(Code::not_found, "cannot open " + path + ": no such file or directory");
}

const Node* find(const State& state, const std::string& path) {
  const auto it = state.nodes.find(path);
  return it == state.nodes.end() ? nullptr : &it->second;
}

// What a path is after its last part's symlinks.
Result<std::string> followed(const State& state, std::string path) {
  for (int i = 0; i < kMostLinks; ++i) {
    const Node* node = find(state, path);
    if (node == nullptr || node->type != FileInfo::Type::symlink) {
      return path;
    }
    path = SOUS_TRY(normal(fs::path(parent_of(path)) / node->bytes));
  }
  return Error(Code::invalid_data, "too many symlinks at " + path);
}

void put(State& state, const std::string& path, FileInfo::Type type, std::string bytes) {
  state.nodes[path] = Node{type, std::move(bytes), state.next_inode, 0};
  state.nodes[path].modified_ns = static_cast<std::int64_t>(state.next_inode++);
}

Status make_all(State& state, const std::string& path) {
  if (const Node* node = find(state, path)) {
    if (node->type == FileInfo::Type::directory) {
      return ok();
    }
    return Error(Code::already_exists, path + " is no directory");
  }
  SOUS_TRY_VOID(make_all(state, parent_of(path)));
  put(state, path, FileInfo::Type::directory, "");
  return ok();
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.starts_with(directory == "/" ? directory : directory + "/") && path != directory;
}

class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = bytes_.copy(buffer.data(), buffer.size(), place_);
    place_ += count;
    return count;
  }

  Status seek(std::uint64_t offset) override {
    place_ = std::min<std::size_t>(offset, bytes_.size());
    return ok();
  }

 private:
  std::string bytes_;
  std::size_t place_ = 0;
};

class FakeLock final : public FileLock {
 public:
  FakeLock(Locked<State>& state, std::string path) : state_(state), path_(std::move(path)) {}

  FakeLock(const FakeLock&) = delete;
  FakeLock& operator=(const FakeLock&) = delete;

  ~FakeLock() override {
    auto state = state_.lock();
    state->locked.erase(path_);
  }

 private:
  Locked<State>& state_;
  std::string path_;
};

Result<std::string> bytes_of(const State& state, const std::string& path) {
  const std::string name = SOUS_TRY(followed(state, path));
  const Node* node = find(state, name);
  if (node == nullptr) {
    return missing(path);
  }
  if (node->type != FileInfo::Type::file) {
    return Error(Code::invalid_data, "cannot read " + path + ": not a regular file");
  }
  return node->bytes;
}

}  // namespace

FakeFileSystem::FakeFileSystem(Clock& clock, Points& points) : clock_(clock), points_(points) {
  auto state = state_.lock();
  put(*state, "/", FileInfo::Type::directory, "");
  put(*state, "/tmp", FileInfo::Type::directory, "");
}

// Runs `apply`, a function of the state and the normal path, as one call that changes something.
template <typename Change>
auto FakeFileSystem::change(std::string_view point, const std::string& path, Change apply) {
  using Answer = std::invoke_result_t<Change, State&, const std::string&>;
  return at_point(points_, point, Effect::changes, [&]() -> Answer {
    const std::string name = SOUS_TRY(normal(path));
    auto state = state_.lock();
    if (state->dead) {
      return Error(Code::unavailable, "this process was killed");
    }
    ++state->changes;
    const bool killed = state->kill && state->kill->first == state->changes;
    if (killed) {
      state->dead = true;
      if (state->kill->second == When::before_effect) {
        throw Killed{};
      }
    }
    if (state->full && !killed) {
      return Error(Code::unavailable, "cannot write " + path + ": no space left on device");
    }
    Answer answer = apply(*state, name);
    if (killed) {
      throw Killed{};
    }
    return answer;
  });
}

std::uint64_t FakeFileSystem::changes() {
  auto state = state_.lock();
  return state->changes;
}

void FakeFileSystem::kill_at(std::uint64_t change, When when) {
  auto state = state_.lock();
  state->kill = {change, when};
}

void FakeFileSystem::revive() {
  auto state = state_.lock();
  state->dead = false;
  state->kill.reset();
}

void FakeFileSystem::fill_disk(bool full) {
  auto state = state_.lock();
  state->full = full;
}

void FakeFileSystem::make_symlink(const std::string& path, const std::string& target) {
  auto state = state_.lock();
  put(*state, path, FileInfo::Type::symlink, target);
}

Result<std::string> FakeFileSystem::read(const std::string& path, std::uint64_t max_bytes) {
  return at_point(points_, "files.read", Effect::reads, [&]() -> Result<std::string> {
    const std::string name = SOUS_TRY(normal(path));
    auto state = state_.lock();
    std::string bytes = SOUS_TRY(bytes_of(*state, name));
    if (bytes.size() > max_bytes) {
      return Error(Code::invalid_data, path + " is too long");
    }
    return bytes;
  });
}

Result<std::unique_ptr<ByteSource>> FakeFileSystem::open(const std::string& path) {
  return at_point(
      points_, "files.open", Effect::reads, [&]() -> Result<std::unique_ptr<ByteSource>> {
        const std::string name = SOUS_TRY(normal(path));
        auto state = state_.lock();
        return std::make_unique<StringSource>(SOUS_TRY(bytes_of(*state, name)));
      });
}

/// Writes into the file that it stands for. Not a change that can be the last one: nothing that
/// must last is written so.
class FakeFileSystem::Sink final : public ByteSink {
 public:
  Sink(FakeFileSystem& files, std::string name) : files_(files), name_(std::move(name)) {}

  Status write(std::string_view bytes) override {
    auto state = files_.state_.lock();
    if (state->full) {
      return Error(Code::unavailable, "cannot write " + name_ + ": no space left on device");
    }
    if (const auto at = state->nodes.find(name_); at != state->nodes.end()) {
      at->second.bytes += bytes;
    }
    return ok();
  }

  Status restart() override {
    auto state = files_.state_.lock();
    if (const auto at = state->nodes.find(name_); at != state->nodes.end()) {
      at->second.bytes.clear();
    }
    return ok();
  }

 private:
  FakeFileSystem& files_;
  std::string name_;
};

Result<std::unique_ptr<ByteSink>> FakeFileSystem::create(const std::string& path) {
  const auto make = [&](State& state,
                        const std::string& name) -> Result<std::unique_ptr<ByteSink>> {
    const Node* parent = find(state, parent_of(name));
    if (parent == nullptr || parent->type != FileInfo::Type::directory) {
      return missing(path);
    }
    if (find(state, name) != nullptr) {
      return Error(Code::already_exists, "cannot make " + path + ": file exists");
    }
    put(state, name, FileInfo::Type::file, {});
    return std::make_unique<Sink>(*this, name);
  };
  return change("files.create", path, make);
}

Status FakeFileSystem::write(const std::string& path, std::string_view bytes, std::uint32_t) {
  return change("files.write", path, [&](State& state, const std::string& name) -> Status {
    SOUS_TRY_VOID(make_all(state, parent_of(name)));
    const Node* node = find(state, name);
    if (node != nullptr && node->type == FileInfo::Type::directory) {
      return Error(Code::invalid_data, "cannot replace " + path + ": it is a directory");
    }
    put(state, name, FileInfo::Type::file, std::string(bytes));
    return ok();
  });
}

Status FakeFileSystem::make_directories(const std::string& path) {
  return change("files.make_directories", path, make_all);
}

Result<std::optional<FileInfo>> FakeFileSystem::info(const std::string& path) {
  return at_point(points_, "files.info", Effect::reads, [&]() -> Result<std::optional<FileInfo>> {
    const std::string name = SOUS_TRY(normal(path));
    auto state = state_.lock();
    const Node* node = find(*state, name);
    if (node == nullptr) {
      return std::optional<FileInfo>();
    }
    return std::optional(FileInfo{node->type, node->bytes.size(), node->inode, node->modified_ns});
  });
}

Result<std::vector<DirectoryEntry>> FakeFileSystem::list(const std::string& path) {
  return at_point(
      points_, "files.list", Effect::reads, [&]() -> Result<std::vector<DirectoryEntry>> {
        const std::string name = SOUS_TRY(normal(path));
        auto state = state_.lock();
        const std::string place = SOUS_TRY(followed(*state, name));
        const Node* node = find(*state, place);
        if (node == nullptr || node->type != FileInfo::Type::directory) {
          return missing(path);
        }
        std::vector<DirectoryEntry> entries;
        for (const auto& [child, what] : state->nodes) {
          if (is_below(child, place) && parent_of(child) == place) {
            entries.push_back({fs::path(child).filename().string(), what.type});
          }
        }
        std::ranges::sort(entries, {}, &DirectoryEntry::name);
        return entries;
      });
}

Status FakeFileSystem::remove(const std::string& path) {
  return change("files.remove", path, [](State& state, const std::string& name) -> Status {
    const bool has_children = std::ranges::any_of(
        state.nodes, [&](const auto& entry) { return is_below(entry.first, name); });
    if (has_children) {
      return Error(Code::failed, "cannot remove " + name + ": directory not empty");
    }
    state.nodes.erase(name);
    return ok();
  });
}

Status FakeFileSystem::remove_tree(const std::string& path) {
  return change("files.remove_tree", path, [](State& state, const std::string& name) -> Status {
    if (state.temporary.erase(name) == 0) {
      return Error(Code::forbidden, "will not remove " + name + ": it was not made as temporary");
    }
    std::erase_if(state.nodes, [&](const auto& entry) {
      return entry.first == name || is_below(entry.first, name);
    });
    return ok();
  });
}

Result<std::string> FakeFileSystem::make_temporary(std::string_view prefix) {
  const std::string begin = "/tmp/" + std::string(prefix);
  return change(
      "files.make_temporary", begin, [&](State& state, const std::string&) -> Result<std::string> {
        std::string name = begin + std::to_string(state.next_inode);
        SOUS_TRY_VOID(make_all(state, name));
        state.temporary.insert(name);
        return name;
      });
}

Result<std::unique_ptr<FileLock>> FakeFileSystem::lock(const std::string& path, const Call& call) {
  const std::string name = SOUS_TRY(normal(path));
  (void)points_.reach("files.lock");
  while (true) {
    {
      auto state = state_.lock();
      if (!find(*state, name)) {
        SOUS_TRY_VOID(make_all(*state, parent_of(name)));
        put(*state, name, FileInfo::Type::file, "");
      }
      if (state->locked.insert(name).second) {
        return std::make_unique<FakeLock>(state_, name);
      }
    }
    SOUS_TRY_VOID(clock_.sleep(std::chrono::milliseconds(1), call));
  }
}

Result<std::string> FakeFileSystem::canonical(const std::string& path) {
  return at_point(points_, "files.canonical", Effect::reads, [&]() -> Result<std::string> {
    const fs::path wanted = SOUS_TRY(normal(path));
    auto state = state_.lock();
    std::string place = "/";
    for (const auto& part : wanted.relative_path()) {
      place = SOUS_TRY(followed(*state, fs::path(place) / part));
      if (find(*state, place) == nullptr) {
        return missing(path);
      }
    }
    return place;
  });
}

}  // namespace sous::support
