#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sous::support {

/// A new directory with symlinks resolved, removed with all in it on destruction. Throws when the
/// system gives none.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const noexcept { return path_; }

  /// A path inside.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

/// Writes a file, making its directories. Throws on failure.
void write_file(const std::string& path, std::string_view bytes);
/// A file's bytes. Throws on failure.
std::string read_file(const std::string& path);

}  // namespace sous::support
