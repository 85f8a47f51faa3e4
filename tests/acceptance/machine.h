#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codec/json.h"
#include "support/docker_registry.h"
#include "support/podman_service.h"
#include "support/temp_dir.h"

namespace sous::acceptance {

/// What a run of a program gave.
struct Ran {
  int exit_code = 0;
  std::string out;
  std::string err;

  /// The answer of a run with `-o json`. Throws when it is none.
  codec::Json json() const;
};

/// The member at a path of names and array places, e.g. {"deployments", "0", "state"}; throws,
/// naming the document, when it is not there.
const codec::Json& at(const codec::Json& json, const std::vector<std::string>& path);
/// The text there.
std::string text_at(const codec::Json& json, const std::vector<std::string>& path);

/// A git checkout with a bare remote, and a static server as its service.
class Checkout {
 public:
  /// `remote` is the bare repository's directory, made when it is not there.
  Checkout(const std::string& directory, const std::string& remote);

  /// One that is there already.
  static Checkout existing(const std::string& directory) { return Checkout(directory); }

  const std::string& directory() const { return directory_; }

  /// Runs git here; what it prints. Throws when it fails.
  std::string git(const std::vector<std::string>& arguments) const;
  void write(const std::string& name, const std::string& text) const;
  /// Commits everything; returns the revision.
  std::string commit(const std::string& message) const;
  /// An annotated tag on HEAD, pushed with the branch.
  void release(const std::string& tag) const;
  void push() const;

 private:
  explicit Checkout(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
};

/// One machine for one test: own registry, podman, GDM, index and configuration, nothing of it left
/// afterwards.
class Machine {
 public:
  Machine();

  /// Runs sous in a directory.
  Ran sous(const std::string& directory, const std::vector<std::string>& arguments) const;
  /// The same with `-o json`; throws unless it exits with `exit_code`.
  codec::Json answer(const std::string& directory,
                     std::vector<std::string> arguments,
                     int exit_code = 0) const;
  /// A new checkout of a service with a committed and pushed Dockerfile, no tag.
  Checkout service(const std::string& name) const;
  /// A second checkout of the same remote.
  Checkout clone(const std::string& name, const std::string& as) const;

  /// GET / of an address. Throws when nothing answers.
  static std::string http_get(const std::string& address);

  support::DockerRegistry& registry() { return registry_; }

  support::PodmanService& podman() { return podman_; }

  /// Added to the environment of every run from now on.
  void set(const std::string& name, const std::string& value) { environment_[name] = value; }

  std::string path(const std::string& name) const { return directory_ / name; }

 private:
  support::TempDir directory_;
  support::DockerRegistry registry_;
  support::PodmanService podman_;
  std::map<std::string, std::string> environment_;
};

}  // namespace sous::acceptance
