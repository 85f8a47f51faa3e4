#pragma once

#include <map>
#include <string>
#include <vector>

#include "machine.h"
#include "support/temp_dir.h"

namespace sous::acceptance {

/// One user with own configuration and a GDM, who builds and deploys nothing: no registry, no
/// podman. Nothing of it is left afterwards.
class Desk {
 public:
  /// A GDM in `gdm`, a directory or URL; in the usual place where it is empty.
  explicit Desk(const std::string& name = "Pat Person", const std::string& gdm = "");

  Ran sous(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// The same with `-o json`; throws unless it exits with `exit_code`.
  codec::Json answer(std::vector<std::string> arguments, int exit_code = 0) const;
  /// Runs git in a directory; what it prints. Throws when it fails.
  std::string git(const std::string& directory, std::vector<std::string> arguments) const;

  void set(const std::string& name, const std::string& value) { environment_[name] = value; }

  std::string path(const std::string& name) const { return directory_ / name; }

  /// Where the GDM's repository or clone is, by default.
  std::string gdm() const { return directory_ / "XDG_DATA_HOME/sous/gdm/local"; }

 private:
  support::TempDir directory_;
  std::map<std::string, std::string> environment_;
};

}  // namespace sous::acceptance
