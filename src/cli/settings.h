#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/wiring.h"
#include "model/image_ref.h"
#include "ports/gdm_store.h"

namespace sous::cli {

/// A value that can be configured: in the file under `key`, by an environment variable, by a flag.
struct SettingKey {
  std::string_view key;  // `podman_socket`; the flag is `-podman-socket`
  std::string_view variable;
  std::string_view value;  // what it is called in help
  std::string_view help;
};

std::span<const SettingKey> setting_keys();
const SettingKey* find_setting_key(std::string_view key);
/// The flag that sets a key: `podman-socket`.
std::string flag_of(const SettingKey& key);

/// One configured value and where it comes from.
struct Setting {
  std::string key;
  std::optional<std::string> value;
  std::string origin;  // `flag -gdm`, `SOUS_GDM`, the file's path, `default`, `not set`
};

/// A place from which images of another may be pulled.
struct MirrorPair {
  RegistryBase of;
  RegistryBase at;

  friend bool operator==(const MirrorPair&, const MirrorPair&) = default;
};

/// What the settings are made of, in rising order of weight: defaults, file, environment, flags.
struct SettingSources {
  const Environment& environment;
  const Arguments& flags;
  std::string file_path;
  std::optional<std::string> file_text;  // absent: there is no file
};

/// The configuration in force (design.md section 12). Immutable.
class Settings {
 public:
  /// Fails with invalid_data when the file cannot be read as YAML of this shape.
  static Result<Settings> resolve(const SettingSources& sources);

  const std::vector<Setting>& all() const noexcept { return all_; }

  std::optional<std::string> value(std::string_view key) const;

  /// Keys of the file that mean nothing here, and the like; each a sentence.
  const std::vector<std::string>& problems() const noexcept { return problems_; }

  const std::string& file_path() const noexcept { return file_path_; }

  /// Takes `user` for the user when nothing else names one.
  void set_fallback_user(const std::string& user, std::string origin);

  /// Fails with usage, naming how to set it, when it is not set or not what it should be.
  Result<RegistryBase> registry() const;
  Result<Author> user() const;

  /// Always set: they have defaults.
  std::string gdm() const { return value("gdm").value_or(""); }

  std::string index() const { return value("index").value_or(""); }

  std::string podman_socket() const { return value("podman_socket").value_or(""); }

  /// The hosts of `plain_http`.
  std::vector<std::string> plain_http() const;

  /// The pairs of `mirrors`, in their order. Fails with usage.
  Result<std::vector<MirrorPair>> mirrors() const;

  /// Where each host's repositories are cloned from, of `clone_urls`. Fails with usage.
  Result<std::map<std::string, std::string, std::less<>>> clone_urls() const;

  /// Directories of Sous: data, cache, state.
  const std::string& data_directory() const noexcept { return data_directory_; }

  const std::string& state_directory() const noexcept { return state_directory_; }

 private:
  Settings() = default;

  std::vector<Setting> all_;
  std::vector<std::string> problems_;
  std::string file_path_;
  std::string data_directory_;
  std::string state_directory_;
};

/// The path of the configuration file: `-config`, else $XDG_CONFIG_HOME/sous/config.yaml.
/// Fails with usage when neither that nor HOME is set.
Result<std::string> config_path(const Environment& environment, const Arguments& flags);

/// Reads `Name <email>`. Fails with invalid_data.
Result<Author> parse_author(std::string_view text);

}  // namespace sous::cli
