#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/json_views.h"
#include "cli/session.h"
#include "codec/yaml_edit.h"

namespace sous::cli {
namespace {

using codec::Json;

Json setting_json(const Setting& setting) {
  Json out = Json::object();
  out.set("key", setting.key);
  out.set("value", setting.value);
  out.set("origin", setting.origin);
  return out;
}

Answer show_all(Session& session) {
  Table table({"KEY", "VALUE", "FROM"});
  Json list = Json::array();
  for (const Setting& setting : session.settings_with_user().all()) {
    list.push(setting_json(setting));
    table.add({setting.key, setting.value.value_or("-"), setting.origin});
  }
  Answer out{.json = document(), .text = table.render(session.style())};
  out.json.set("file", session.settings().file_path());
  out.json.set("settings", std::move(list));
  return out;
}

Error unknown(const std::string& key) {
  std::vector<std::string> names;
  for (const SettingKey& known : setting_keys()) {
    names.emplace_back(known.key);
  }
  const std::string near = nearest(key, names);
  return Error(Code::usage, fmt::format("there is no setting {}", quote(key)))
      .hinted(near.empty() ? fmt::format("the settings are: {}", join(names, ", "))
                           : fmt::format("did you mean {}?", near));
}

Answer show_one(Session& session, const std::string& key) {
  for (const Setting& setting : session.settings_with_user().all()) {
    if (setting.key == key) {
      Answer out{
          .json = document(), .text = setting.value ? *setting.value + "\n" : "", .status = 0};
      out.json.set("setting", setting_json(setting));
      return out;
    }
  }
  return {};
}

/// Refuses a value that no command could use.
Status check(const std::string& key, const std::string& value) {
  if (!is_plain_text(value)) {
    return Error(Code::usage, fmt::format("{} must be plain text on one line", key));
  }
  if (key == "registry") {
    SOUS_TRY(RegistryBase::parse(value).with(key));
  } else if (key == "user") {
    SOUS_TRY(parse_author(value).with(key));
  }
  return ok();
}

Result<Answer> set(Session& session, const std::string& key, const std::string& value) {
  if (const auto good = check(key, value); !good) {
    return Error(good.error()).as(Code::usage);
  }
  const std::string& path = session.settings().file_path();
  const auto text = SOUS_TRY(session.wiring().read_file(path)).value_or("");
  const auto edited = value.empty() ? codec::yaml_remove(text, {key})
                                    : codec::yaml_set(text, {key}, codec::YamlValue::of(value));
  if (!edited) {
    return Error(edited.error()).with("changing " + path);
  }
  SOUS_TRY_VOID(session.wiring().write_file(path, *edited));
  session.output().progress(fmt::format("set {} to {} in {}", key, quote(value), path));
  Answer out{.json = document(), .text = {}};
  out.json.set("setting",
               setting_json({.key = key,
                             .value = value.empty() ? std::nullopt : std::optional{value},
                             .origin = path}));
  return out;
}

Result<Answer> run(Session& session) {
  const auto key = session.arguments().word(0);
  if (!key) {
    return show_all(session);
  }
  const std::string name = to_lower_ascii(*key);
  if (find_setting_key(name) == nullptr) {
    return unknown(*key);
  }
  const auto value = session.arguments().word(1);
  return value ? set(session, name, *value) : show_one(session, name);
}

}  // namespace

CommandSpec config_command() {
  return {
      .path = "config",
      .summary = "Show or change the configuration",
      .description =
          "Without words, shows every setting, its value and where that comes from. With a key,\n"
          "prints its value. With a key and a value, writes it to the configuration file, whose\n"
          "comments and other keys stay as they are; an empty value removes the key.\n\n"
          "In rising order of weight a setting comes from the file, the environment\n"
          "(SOUS_REGISTRY and so on) and flags.",
      .words = {{.name = "KEY", .help = "the setting"}, {.name = "VALUE", .help = "its new value"}},
      .flags = {},
      .examples = {{"sous config registry registry.example.com/team", "where images are kept"}},
      .run = run};
}

}  // namespace sous::cli
