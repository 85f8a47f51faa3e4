#include "cli/settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/yaml_tree.h"

namespace sous::cli {
namespace {

constexpr std::array kKeys{
    SettingKey{"registry", "SOUS_REGISTRY", "HOST", "where images are kept: host[:port][/prefix]"},
    SettingKey{"gdm", "SOUS_GDM", "PLACE", "the GDM: a directory, or a git URL[#branch]"},
    SettingKey{"index", "SOUS_INDEX", "DIRECTORY", "where the search cache is kept"},
    SettingKey{"user", "SOUS_USER", "USER", "who you are, as records keep it: Name <email>"},
    SettingKey{"engine",
               "SOUS_ENGINE",
               "ENGINE",
               "what builds images: buildah or podman; else the first that works here"},
    SettingKey{"clone_urls",
               "SOUS_CLONE_URLS",
               "PAIRS",
               "HOST=ADDRESS, separated by commas: where repositories are cloned from; {path} "
               "stands for what follows the host"},
    SettingKey{"podman_socket", "SOUS_PODMAN_SOCKET", "PATH", "podman's API socket"},
    SettingKey{"plain_http",
               "SOUS_PLAIN_HTTP",
               "HOSTS",
               "registries spoken to without TLS, separated by commas; loopback ones always are"},
    SettingKey{"ca_file",
               "SOUS_CA_FILE",
               "PATH",
               "a PEM file of certificates to trust besides the system's"},
    SettingKey{"mirrors",
               "SOUS_MIRRORS",
               "PAIRS",
               "REGISTRY=MIRROR, separated by commas: where images may be pulled from by digest"},
};

/// One of the base directories of the XDG specification; relative values are to be ignored.
Result<std::string> base_directory(const Environment& environment,
                                   std::string_view variable,
                                   std::string_view below_home) {
  if (const auto set = environment.variable(variable); set && set->starts_with('/')) {
    return *set;
  }
  const auto home = environment.variable("HOME");
  if (!home || !home->starts_with('/')) {
    return Error(Code::usage, fmt::format("neither HOME nor {} is an absolute path", variable))
        .hinted("set HOME");
  }
  return fmt::format("{}/{}", *home, below_home);
}

std::string default_socket(const Environment& environment) {
  const auto runtime = environment.variable("XDG_RUNTIME_DIR");
  return runtime ? *runtime + "/podman/podman.sock" : "/run/podman/podman.sock";
}

/// The values of a configuration file.
class File {
 public:
  static Result<File> read(const SettingSources& sources) {
    File out;
    if (!sources.file_text) {
      return out;
    }
    out.tree_ = SOUS_TRY(codec::parse_yaml(sources.file_path, *sources.file_text));
    if (!out.tree_.is_mapping() && !out.tree_.is_null()) {
      return Error(Code::invalid_data,
                   fmt::format("{} is no list of `key: value`", sources.file_path));
    }
    for (const auto& entry : out.tree_.entries) {
      SOUS_TRY_VOID(out.take(entry, sources.file_path));
    }
    return out;
  }

  std::optional<std::string> value(std::string_view key) const {
    const auto found = std::ranges::find(values_, key, &std::pair<std::string, std::string>::first);
    return found == values_.end() ? std::nullopt : std::optional{found->second};
  }

  std::vector<std::string> take_problems() { return std::move(problems_); }

 private:
  Status take(const codec::YamlEntry& entry, const std::string& path) {
    const std::string& key = entry.key.text;
    const std::string place = fmt::format("{}:{}:{}", path, entry.key.at.line, entry.key.at.column);
    if (find_setting_key(key) == nullptr) {
      std::vector<std::string> names;
      std::ranges::transform(kKeys, std::back_inserter(names), [](const SettingKey& known) {
        return std::string(known.key);
      });
      const std::string near = nearest(key, names);
      problems_.push_back(fmt::format("{}: unknown key {}{}",
                                      place,
                                      quote(key),
                                      near.empty() ? "" : fmt::format(" (is it {}?)", near)));
      return ok();
    }
    std::string value;
    if (entry.value.is_sequence()) {
      for (const auto& item : entry.value.items) {
        value += (value.empty() ? "" : ",") + item.text;
      }
    } else if (entry.value.is_mapping() && (key == "clone_urls" || key == "mirrors")) {
      for (const auto& pair : entry.value.entries) {
        value += fmt::format("{}{}={}", value.empty() ? "" : ",", pair.key.text, pair.value.text);
      }
    } else if (entry.value.is_mapping()) {
      return Error(Code::invalid_data, fmt::format("{}: {} must be a text", place, key));
    } else if (!entry.value.is_null()) {
      value = entry.value.text;
    }
    if (!value.empty()) {
      values_.emplace_back(key, std::move(value));
    }
    return ok();
  }

  codec::YamlNode tree_;
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<std::string> problems_;
};

Error not_set(std::string_view key) {
  const SettingKey& spec = *find_setting_key(key);
  return Error(Code::usage, fmt::format("no {} is configured", key))
      .hinted(fmt::format("`sous config {} {}` sets it for good; {} or -{} for once",
                          key,
                          spec.value,
                          spec.variable,
                          flag_of(spec)));
}

}  // namespace

std::optional<std::string> Environment::variable(std::string_view name) const {
  const auto found = variables.find(name);
  return found == variables.end() || found->second.empty() ? std::nullopt
                                                           : std::optional{found->second};
}

std::span<const SettingKey> setting_keys() { return kKeys; }

const SettingKey* find_setting_key(std::string_view key) {
  const auto* found = std::ranges::find(kKeys, key, &SettingKey::key);
  return found == kKeys.end() ? nullptr : found;
}

std::string flag_of(const SettingKey& key) {
  std::string out(key.key);
  std::ranges::replace(out, '_', '-');
  return out;
}

Result<std::string> config_path(const Environment& environment, const Arguments& flags) {
  if (const auto path = flags.value("config")) {
    return path->starts_with('/') ? *path : environment.directory + "/" + *path;
  }
  return SOUS_TRY(base_directory(environment, "XDG_CONFIG_HOME", ".config")) + "/sous/config.yaml";
}

Result<Settings> Settings::resolve(const SettingSources& sources) {
  auto file = SOUS_TRY(File::read(sources));
  const Environment& environment = sources.environment;
  Settings out;
  out.file_path_ = sources.file_path;
  out.problems_ = file.take_problems();
  out.data_directory_ =
      SOUS_TRY(base_directory(environment, "XDG_DATA_HOME", ".local/share")) + "/sous";
  out.state_directory_ =
      SOUS_TRY(base_directory(environment, "XDG_STATE_HOME", ".local/state")) + "/sous";
  const std::string cache =
      SOUS_TRY(base_directory(environment, "XDG_CACHE_HOME", ".cache")) + "/sous";
  const auto fallback = [&](std::string_view key) -> std::optional<std::string> {
    if (key == "gdm") {
      return out.data_directory_ + "/gdm/local";
    }
    if (key == "index") {
      return cache;
    }
    return key == "podman_socket" ? std::optional{default_socket(environment)} : std::nullopt;
  };
  for (const SettingKey& key : kKeys) {
    Setting setting{.key = std::string(key.key), .value = {}, .origin = "not set"};
    const auto offer = [&](std::optional<std::string> value, std::string origin) {
      if (!setting.value && value) {
        setting.value = std::move(value);
        setting.origin = std::move(origin);
      }
    };
    const std::string flag = flag_of(key);
    offer(sources.flags.value(flag), "flag -" + flag);
    offer(environment.variable(key.variable), std::string(key.variable));
    offer(file.value(key.key), sources.file_path);
    offer(fallback(key.key), "default");
    out.all_.push_back(std::move(setting));
  }
  return out;
}

std::optional<std::string> Settings::value(std::string_view key) const {
  const auto found = std::ranges::find(all_, key, &Setting::key);
  return found == all_.end() ? std::nullopt : found->value;
}

void Settings::set_fallback_user(const std::string& user, std::string origin) {
  const auto found = std::ranges::find(all_, "user", &Setting::key);
  if (!found->value) {
    found->value = user;
    found->origin = std::move(origin);
  }
}

Result<RegistryBase> Settings::registry() const {
  const auto text = value("registry");
  if (!text) {
    return not_set("registry");
  }
  auto parsed = RegistryBase::parse(*text);
  if (!parsed) {
    return std::move(parsed.error()).with("setting registry").as(Code::usage);
  }
  return parsed;
}

Result<Author> Settings::user() const {
  const auto text = value("user");
  if (!text) {
    return not_set("user");
  }
  auto parsed = parse_author(*text);
  if (!parsed) {
    return std::move(parsed.error()).with("setting user").as(Code::usage);
  }
  return parsed;
}

std::vector<std::string> Settings::plain_http() const {
  std::vector<std::string> out;
  const std::string hosts = value("plain_http").value_or("");
  for (const auto host : split(hosts, ',')) {
    if (const auto trimmed = trim(host); !trimmed.empty()) {
      out.emplace_back(trimmed);
    }
  }
  return out;
}

Result<std::vector<MirrorPair>> Settings::mirrors() const {
  std::vector<MirrorPair> out;
  const std::string pairs = value("mirrors").value_or("");
  for (const auto pair : split(pairs, ',')) {
    const auto text = trim(pair);
    if (text.empty()) {
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
      return Error(Code::usage, fmt::format("{} is not of the form REGISTRY=MIRROR", quote(text)))
          .with("setting mirrors")
          .hinted("for example docker.io=mirror.example.com/hub");
    }
    const auto place = [](std::string_view name) {
      return RegistryBase::parse(trim(name)).with("setting mirrors");
    };
    auto of = place(text.substr(0, equals));
    auto at = place(text.substr(equals + 1));
    if (!of || !at) {
      return std::move(of ? at.error() : of.error()).as(Code::usage);
    }
    out.push_back({std::move(*of), std::move(*at)});
  }
  return out;
}

Result<std::map<std::string, std::string, std::less<>>> Settings::clone_urls() const {
  std::map<std::string, std::string, std::less<>> out;
  const std::string pairs = value("clone_urls").value_or("");
  for (const auto pair : split(pairs, ',')) {
    const auto text = trim(pair);
    const auto equals = text.find('=');
    if (text.empty()) {
      continue;
    }
    if (equals == std::string_view::npos || text.find("{path}", equals) == std::string_view::npos) {
      return Error(Code::usage, fmt::format("{} is not of the form HOST=ADDRESS", quote(text)))
          .with("setting clone_urls")
          .hinted("for example github.com=ssh://git@github.com/{path}.git");
    }
    out.emplace(trim(text.substr(0, equals)), trim(text.substr(equals + 1)));
  }
  return out;
}

Result<Author> parse_author(std::string_view text) {
  const auto open = text.rfind('<');
  const auto bad = [&] {
    return Error(Code::invalid_data,
                 fmt::format("{} is not of the form Name <email>", quote(text)));
  };
  if (open == std::string_view::npos || !text.ends_with('>') || !is_plain_text(text)) {
    return bad();
  }
  const auto name = trim(text.substr(0, open));
  const auto email = trim(text.substr(open + 1, text.size() - open - 2));
  if (name.empty() || email.empty() || email.find_first_of("<> ") != std::string_view::npos ||
      name.find_first_of("<>") != std::string_view::npos) {
    return bad();
  }
  return Author{std::string(name), std::string(email)};
}

}  // namespace sous::cli
