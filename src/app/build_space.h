#pragma once

#include <memory>
#include <string>

#include "app/node.h"

namespace sous::app {

/// The directory of one build, below the node's state directory: its context, where Sous makes it,
/// and the image layouts. It is gone with this object unless it is kept. While this object lives,
/// no other process touches the directory.
class BuildSpace {
 public:
  /// Makes a new one, and removes what builds left that were ended by force: their directories and
  /// their intermediate images.
  static Result<std::unique_ptr<BuildSpace>> make(Node& node, const Call& call);
  /// An earlier one that was kept; nothing when another process works with it, or it is gone.
  static Result<std::unique_ptr<BuildSpace>> reopen(Node& node, const std::string& name);
  /// The names of those that were kept.
  static Result<std::vector<std::string>> kept(Node& node);

  ~BuildSpace();
  BuildSpace(const BuildSpace&) = delete;
  BuildSpace& operator=(const BuildSpace&) = delete;

  /// Unique on this machine, and fit for the name of an image.
  const std::string& name() const noexcept { return name_; }

  const std::string& path() const noexcept { return path_; }

  /// The directory outlives this object. A record of what it waits for must be in it.
  void keep() noexcept { kept_ = true; }

  /// The opposite of keep.
  void drop() noexcept { kept_ = false; }

 private:
  BuildSpace(FileSystem& files, std::string name, std::string path, std::unique_ptr<FileLock> lock);

  FileSystem& files_;
  std::string name_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
  bool kept_ = false;
};

/// The file that makes a build's directory one that is kept, for each product.
inline constexpr std::string_view kPendingPrefix = "pending-";

/// Removes a directory with all in it; absent is no failure.
Status remove_with_content(FileSystem& files, const std::string& path);

}  // namespace sous::app
