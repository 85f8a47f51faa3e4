#include "app/kept_edit.h"

#include <utility>

#include <fmt/format.h>

#include "codec/json.h"
#include "codec/record_paths.h"

namespace sous::app {
namespace {

using codec::Json;

constexpr std::uint64_t kFormat = 1;
constexpr std::uint64_t kMaxKeptBytes = 64ULL << 20U;
constexpr std::uint32_t kMode = 0600;
constexpr std::string_view kSuffix = ".json";

Json encode(const KeptEdit& edit) {
  Json out = Json::object();
  out.set("format", kFormat);
  out.set("gdm", edit.gdm);
  out.set("name", edit.author.name);
  out.set("email", edit.author.email);
  out.set("when", format_rfc3339(edit.when));
  out.set("message", edit.message);
  Json edits = Json::array();
  for (const auto& one : edit.edits) {
    Json record = Json::object();
    record.set("path", one.path);
    record.set("from", one.from);
    record.set("to", one.to);
    edits.push(std::move(record));
  }
  out.set("edits", std::move(edits));
  return out;
}

Error strange(const std::string& file) {
  return Error(Code::invalid_data, fmt::format("{} is no edit that was kept", file))
      .hinted("remove the file");
}

std::optional<std::string> text_of(const Json& object, std::string_view name) {
  const Json* found = object.find(name);
  const std::string* text = found == nullptr ? nullptr : found->as_string();
  return text == nullptr ? std::nullopt : std::optional{*text};
}

Result<std::vector<TextEdit>> decode_edits(const Json& root, const std::string& file) {
  const Json* list = root.find("edits");
  if (list == nullptr || list->as_array() == nullptr) {
    return strange(file);
  }
  std::vector<TextEdit> out;
  for (const Json& one : *list->as_array()) {
    auto path = text_of(one, "path");
    if (!path) {
      return strange(file);
    }
    out.push_back({std::move(*path), text_of(one, "from"), text_of(one, "to")});
  }
  return out;
}

Result<KeptEdit> decode(const std::string& file, std::string_view text) {
  const Json root = SOUS_TRY(codec::parse_json(text, kMaxKeptBytes).with(file));
  const Json* format = root.find("format");
  const auto when = parse_rfc3339(text_of(root, "when").value_or(""));
  if (format == nullptr || format->as_uint() != kFormat || !when) {
    return strange(file);
  }
  auto edits = SOUS_TRY(decode_edits(root, file));
  KeptEdit out{.file = {},
               .gdm = text_of(root, "gdm").value_or(""),
               .author = {text_of(root, "name").value_or(""), text_of(root, "email").value_or("")},
               .when = *when,
               .message = text_of(root, "message").value_or(""),
               .edits = std::move(edits)};
  return out;
}

FieldConflict whole_record(const TextEdit& edit) {
  const auto value = [](const std::optional<std::string>& text) {
    return text ? std::optional{codec::YamlValue::of("(a text)")} : std::nullopt;
  };
  return {.path = edit.path,
          .change = {.path = {}, .from = value(edit.from), .to = value(edit.to)}};
}

}  // namespace

Result<RecordEdits> merged_edits(const GdmState& state,
                                 const std::vector<TextEdit>& edits,
                                 std::vector<FieldConflict>& conflicts) {
  RecordEdits out;
  for (const TextEdit& edit : edits) {
    const std::string* text = state.text(edit.path);
    const auto now = text == nullptr ? std::nullopt : std::optional{*text};
    const bool id_was_given = !edit.from && now && edit.path == codec::kFormatPath;
    if (now == edit.to || id_was_given) {
      continue;
    }
    if (now == edit.from) {
      out[edit.path] = edit.to;
      continue;
    }
    if (!now || !edit.from || !edit.to) {
      conflicts.push_back(whole_record(edit));  // made or removed by one, changed by the other
      continue;
    }
    const auto changes = SOUS_TRY(codec::yaml_changes(*edit.from, *edit.to).with(edit.path));
    auto merged = SOUS_TRY(codec::apply_yaml_changes(*now, changes).with(edit.path));
    for (auto& conflict : merged.conflicts) {
      conflicts.push_back({edit.path, std::move(conflict)});
    }
    if (merged.text != *now) {
      out[edit.path] = std::move(merged.text);
    }
  }
  return out;
}

std::string kept_directory(const Node& node) { return node.settings.state_directory + "/edits"; }

std::string aside_directory(const Node& node) {
  return node.settings.state_directory + "/edits-put-aside";
}

Status keep(Node& node, const KeptEdit& edit) {
  if (node.settings.state_directory.empty()) {
    return Error(Code::unavailable, "there is no place to keep an edit");
  }
  // The time first: names sort as the edits were made.
  const std::string path = fmt::format(
      "{}/{}-{:016x}{}", kept_directory(node), format_rfc3339(edit.when), node.rng.next(), kSuffix);
  return node.files.write(path, encode(edit).dump_pretty(), kMode).with("keeping the edit");
}

Result<std::vector<KeptEdit>> read_kept(Node& node) {
  std::vector<KeptEdit> out;
  if (node.settings.state_directory.empty()) {
    return out;
  }
  auto entries = node.files.list(kept_directory(node));
  if (!entries && entries.error().code() == Code::not_found) {
    return out;
  }
  for (const auto& entry : SOUS_TRY(std::move(entries))) {
    if (!entry.name.ends_with(kSuffix)) {
      continue;
    }
    const std::string path = kept_directory(node) + "/" + entry.name;
    const auto text = SOUS_TRY(node.files.read(path, kMaxKeptBytes));
    auto edit = SOUS_TRY(decode(path, text));
    edit.file = entry.name;
    out.push_back(std::move(edit));
  }
  return out;
}

Result<std::string> put_aside(Node& node, const KeptEdit& edit) {
  const std::string path = aside_directory(node) + "/" + edit.file;
  SOUS_TRY_VOID(node.files.write(path, encode(edit).dump_pretty(), kMode));
  SOUS_TRY_VOID(node.files.remove(kept_directory(node) + "/" + edit.file));
  return path;
}

}  // namespace sous::app
