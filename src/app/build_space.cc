#include "app/build_space.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sous::app {
namespace {

constexpr std::string_view kNamePrefix = "sous-build-";
constexpr std::string_view kLockSuffix = ".lock";

std::string builds_directory(const Node& node) { return node.settings.state_directory + "/builds"; }

std::string lock_path(const std::string& path) { return path + std::string(kLockSuffix); }

/// The lock on a directory if nobody has it now.
std::unique_ptr<FileLock> lock_now(Node& node, const std::string& path) {
  const Call at_once{.deadline = Deadline::at(node.clock.now()), .stop = {}};
  auto lock = node.files.lock(lock_path(path), at_once);
  return lock ? std::move(*lock) : nullptr;
}

bool is_kept(FileSystem& files, const std::string& path) {
  const auto entries = files.list(path);
  return entries && std::ranges::any_of(*entries, [](const DirectoryEntry& entry) {
           return entry.name.starts_with(kPendingPrefix);
         });
}

/// The builds that left anything, by name: a directory, or only its lock.
Result<std::set<std::string>> names(Node& node) {
  std::set<std::string> out;
  const auto entries = node.files.list(builds_directory(node));
  if (!entries) {
    return entries.error().code() == Code::not_found ? Result<std::set<std::string>>(out)
                                                     : entries.error();
  }
  for (const auto& entry : *entries) {
    std::string_view name = entry.name;
    if (name.ends_with(kLockSuffix)) {
      name.remove_suffix(kLockSuffix.size());
    }
    if (name.starts_with(kNamePrefix)) {
      out.emplace(name);
    }
  }
  return out;
}

/// What cannot be removed now is left to the next build.
void sweep(Node& node, const Call& call) {
  const auto found = names(node);
  if (!found) {
    return;
  }
  for (const auto& name : *found) {
    const std::string path = builds_directory(node) + "/" + name;
    const auto lock = lock_now(node, path);
    if (lock == nullptr || is_kept(node.files, path)) {
      continue;  // at work, or waiting for the GDM
    }
    if (node.builder.discard(name, call) && remove_with_content(node.files, path)) {
      (void)node.files.remove(lock_path(path));
    }
  }
}

}  // namespace

Status remove_with_content(FileSystem& files, const std::string& path) {
  std::vector<std::string> to_look_into{path};
  std::vector<std::string> found;  // each after the directory that holds it
  while (!to_look_into.empty()) {
    std::string next = std::move(to_look_into.back());
    to_look_into.pop_back();
    const auto info = SOUS_TRY(files.info(next));
    if (info && info->type == FileInfo::Type::directory) {
      for (const auto& entry : SOUS_TRY(files.list(next))) {
        to_look_into.push_back(next + "/" + entry.name);
      }
    }
    found.push_back(std::move(next));
  }
  for (std::size_t i = found.size(); i-- > 0;) {
    SOUS_TRY_VOID(files.remove(found[i]));
  }
  return ok();
}

Result<std::unique_ptr<BuildSpace>> BuildSpace::make(Node& node, const Call& call) {
  sweep(node, call);
  const std::string name = fmt::format("{}{:016x}", kNamePrefix, node.rng.next());
  const std::string path = builds_directory(node) + "/" + name;
  auto lock = SOUS_TRY(node.files.lock(lock_path(path), call));
  std::unique_ptr<BuildSpace> out(new BuildSpace(node.files, name, path, std::move(lock)));
  SOUS_TRY_VOID(node.files.make_directories(path));
  return out;
}

Result<std::unique_ptr<BuildSpace>> BuildSpace::reopen(Node& node, const std::string& name) {
  const std::string path = builds_directory(node) + "/" + name;
  auto lock = lock_now(node, path);
  if (lock == nullptr || !is_kept(node.files, path)) {
    return std::unique_ptr<BuildSpace>();
  }
  std::unique_ptr<BuildSpace> out(new BuildSpace(node.files, name, path, std::move(lock)));
  out->keep();
  return out;
}

Result<std::vector<std::string>> BuildSpace::kept(Node& node) {
  std::vector<std::string> out;
  for (const auto& name : SOUS_TRY(names(node))) {
    if (is_kept(node.files, builds_directory(node) + "/" + name)) {
      out.push_back(name);
    }
  }
  return out;
}

BuildSpace::BuildSpace(FileSystem& files,
                       std::string name,
                       std::string path,
                       std::unique_ptr<FileLock> lock)
    : files_(files), name_(std::move(name)), path_(std::move(path)), lock_(std::move(lock)) {}

BuildSpace::~BuildSpace() {
  if (!kept_ && remove_with_content(files_, path_)) {
    (void)files_.remove(lock_path(path_));
  }
}

}  // namespace sous::app
