#include "adapters/scheduler_podman/podman_json.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"

namespace sous::scheduler_podman {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBody = 300;

Error unreadable(std::string_view what, std::string_view why) {
  return {Code::invalid_data, fmt::format("podman's {} cannot be read: {}", what, why)};
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) {
    return {};
  }
  return std::string(value->get_string());
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

const json::object& object_of(const json::object& object, std::string_view key) {
  static const json::object empty;
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array empty;
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

// Go prints its zero time where nothing happened yet.
std::optional<WallTime> time_of(const json::object& object, std::string_view key) {
  const auto time = parse_rfc3339(text_of(object, key));
  if (!time || time->time_since_epoch() <= Duration::zero()) {
    return std::nullopt;
  }
  return *time;
}

Result<json::array> parse_array(std::string_view body, std::string_view what) {
  json::error_code error;
  json::value value = json::parse({body.data(), body.size()}, error);
  if (error) {
    return unreadable(what, error.message());
  }
  if (!value.is_array()) {
    return unreadable(what, "it is no list");
  }
  return std::move(value.get_array());
}

ContainerRow row_of(const json::object& object) {
  ContainerRow row{
      .id = text_of(object, "Id"), .name = {}, .state = text_of(object, "State"), .labels = {}};
  if (const auto& names = array_of(object, "Names"); !names.empty() && names[0].is_string()) {
    row.name = std::string(names[0].get_string());
  }
  for (const auto& label : object_of(object, "Labels")) {
    if (label.value().is_string()) {
      row.labels.emplace(label.key(), label.value().get_string());
    }
  }
  return row;
}

LocalImage image_of(const json::object& object) {
  LocalImage image{.id = text_of(object, "Id"), .digests = {}};
  const auto add = [&image](std::string_view text) {
    if (auto digest = Digest::parse(text)) {
      image.digests.push_back(*digest);
    }
  };
  add(text_of(object, "Digest"));
  for (const auto& name : array_of(object, "RepoDigests")) {
    if (name.is_string()) {
      const std::string_view text = name.get_string();
      add(text.substr(text.find('@') + 1));
    }
  }
  return image;
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

json::object text_object(const TextMap& map) {
  json::object object;
  for (const auto& [key, value] : map) {
    object.emplace(key, value);
  }
  return object;
}

// Logs are any bytes; what is shown on has to be text.
std::string as_text(std::string_view line) {
  std::string text(line);
  if (!is_valid_utf8(text)) {
    std::ranges::replace_if(
        text, [](char c) { return (static_cast<unsigned>(c) & 0x80U) != 0; }, '?');
  }
  return text;
}

// The value of each object in a stream of them that has the key.
template <typename Visit>
void visit_lines(std::string_view body, Visit visit) {
  for (const auto line : split(body, '\n')) {
    json::error_code error;
    const json::value value = json::parse({line.data(), line.size()}, error);
    if (!error && value.is_object()) {
      visit(value.get_object());
    }
  }
}

}  // namespace

Result<std::vector<ContainerRow>> decode_containers(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "list of containers"));
  std::vector<ContainerRow> rows;
  for (const auto& value : array) {
    if (!value.is_object()) {
      return unreadable("list of containers", "an entry is no object");
    }
    rows.push_back(row_of(value.get_object()));
    if (rows.back().id.empty()) {
      return unreadable("list of containers", "an entry has no id");
    }
  }
  return rows;
}

Result<ContainerDetail> decode_container(std::string_view body) {
  json::error_code error;
  const json::value value = json::parse({body.data(), body.size()}, error);
  if (error || !value.is_object()) {
    return unreadable("description of a container", error ? error.message() : "it is no object");
  }
  const json::object& object = value.get_object();
  const json::object& state = object_of(object, "State");
  ContainerDetail detail{.id = text_of(object, "Id"),
                         .name = text_of(object, "Name"),
                         .status = text_of(state, "Status"),
                         .image_id = text_of(object, "Image"),
                         .image_digest = text_of(object, "ImageDigest"),
                         .exit_code = static_cast<int>(number_of(state, "ExitCode")),
                         .restarts = static_cast<std::uint64_t>(
                             std::max<std::int64_t>(0, number_of(object, "RestartCount"))),
                         .started_at = time_of(state, "StartedAt"),
                         .finished_at = time_of(state, "FinishedAt")};
  if (detail.id.empty() || detail.status.empty()) {
    return unreadable("description of a container", "id or status is missing");
  }
  return detail;
}

Result<std::vector<LocalImage>> decode_images(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "list of images"));
  std::vector<LocalImage> images;
  for (const auto& value : array) {
    if (!value.is_object()) {
      return unreadable("list of images", "an entry is no object");
    }
    images.push_back(image_of(value.get_object()));
  }
  return images;
}

std::string decode_error(std::string_view body) {
  json::error_code error;
  const json::value value = json::parse({body.data(), body.size()}, error);
  if (!error && value.is_object()) {
    if (std::string message = text_of(value.get_object(), "message"); !message.empty()) {
      return message;
    }
  }
  return std::string(trim(body.substr(0, kShownBody)));
}

std::optional<std::string> decode_pull_error(std::string_view body) {
  std::optional<std::string> found;
  visit_lines(body, [&found](const json::object& object) {
    if (std::string message = text_of(object, "error"); !message.empty()) {
      found = std::move(message);
    }
  });
  return found;
}

std::vector<std::string> decode_log(std::string_view body, std::size_t last_lines) {
  constexpr std::size_t kHead = 8;
  std::string text;
  while (body.size() >= kHead) {
    const std::size_t length =
        std::min<std::size_t>(big_endian(body.substr(4, 4)), body.size() - kHead);
    text += body.substr(kHead, length);
    body.remove_prefix(kHead + length);
  }
  std::vector<std::string> lines;
  for (const auto line : split(trim(text), '\n')) {
    lines.push_back(as_text(line));
  }
  if (lines.size() == 1 && lines.front().empty()) {
    lines.clear();
  }
  if (lines.size() > last_lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(last_lines));
  }
  return lines;
}

std::optional<int> decode_exit_code(std::string_view events) {
  std::optional<int> found;
  visit_lines(events, [&found](const json::object& event) {
    const auto code = parse_uint(
        text_of(object_of(object_of(event, "Actor"), "Attributes"), "containerExitCode"));
    if (code && *code <= 255) {
      found = static_cast<int>(*code);
    }
  });
  return found;
}

std::string encode_container(const ContainerSpec& spec) {
  constexpr std::uint64_t kPeriod = 100'000;   // microseconds
  constexpr std::int64_t kLeastQuota = 1'000;  // the kernel's
  json::object limits;
  if (spec.memory_bytes > 0) {
    limits["memory"] = {{"limit", spec.memory_bytes}};
  }
  if (spec.cpus > 0) {
    const auto quota = static_cast<std::int64_t>(spec.cpus * static_cast<double>(kPeriod));
    limits["cpu"] = {{"quota", std::max(quota, kLeastQuota)}, {"period", kPeriod}};
  }
  json::array mounts;
  for (const auto& volume : spec.volumes) {
    mounts.push_back(
        {{"type", "bind"},
         {"source", volume.host},
         {"destination", volume.container},
         {"options", json::array{"rbind", volume.mode == Volume::Mode::read_only ? "ro" : "rw"}}});
  }
  const json::object object{{"name", spec.name},
                            {"image", spec.image},
                            {"labels", text_object(spec.labels)},
                            {"env", text_object(spec.env)},
                            {"netns", {{"nsmode", "host"}}},
                            {"restart_policy", "always"},
                            {"stop_timeout", spec.stop_timeout},
                            {"resource_limits", std::move(limits)},
                            {"mounts", std::move(mounts)}};
  return json::serialize(object);
}

std::string encode_label_filter(std::string_view label) {
  return json::serialize(json::object{{"label", json::array{json::string(label)}}});
}

std::string encode_died_filter(std::string_view container) {
  return json::serialize(json::object{{"container", json::array{json::string(container)}},
                                      {"event", json::array{"died"}}});
}

}  // namespace sous::scheduler_podman
