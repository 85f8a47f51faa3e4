#include <algorithm>
#include <chrono>
#include <limits>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/scheduler_singularity/messages.h"
#include "base/text.h"

namespace sous::scheduler_singularity {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBody = 400;
constexpr int kWrappings = 3;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error unreadable(std::string_view what, std::string_view why) {
  return {Code::invalid_data, fmt::format("Singularity's {} cannot be read: {}", what, why)};
}

const json::value* member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && !value->is_null() ? value : nullptr;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = member(object, key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& object, std::string_view key, std::int64_t otherwise) {
  const json::value* value = member(object, key);
  if (value == nullptr || !value->is_number()) {
    return otherwise;
  }
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? otherwise : number;
}

const json::object& object_of(const json::object& object, std::string_view key) {
  static const json::object empty;
  const json::value* value = member(object, key);
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array empty;
  const json::value* value = member(object, key);
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

// Milliseconds since the epoch; out of reach is the epoch.
WallTime time_of(const json::object& object, std::string_view key) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max() / 1000;
  const std::int64_t millis = number_of(object, key, 0);
  return WallTime(std::chrono::milliseconds(millis < 0 || millis > kLargest ? 0 : millis));
}

Result<json::value> parse(std::string_view body, std::string_view what) {
  if (body.starts_with(kByteOrderMark)) {
    body.remove_prefix(kByteOrderMark.size());
  }
  json::error_code error;
  json::value value = json::parse({body.data(), body.size()}, error);
  if (error) {
    return unreadable(what, body.empty() ? "it is empty" : error.message());
  }
  return value;
}

Result<json::object> parse_object(std::string_view body, std::string_view what) {
  json::value value = SOUS_TRY(parse(body, what));
  if (!value.is_object()) {
    return unreadable(what, "it is no object");
  }
  return std::move(value.get_object());
}

Result<json::array> parse_array(std::string_view body, std::string_view what) {
  json::value value = SOUS_TRY(parse(body, what));
  if (!value.is_array()) {
    return unreadable(what, "it is no list");
  }
  return std::move(value.get_array());
}

std::optional<DeployMarker> marker_of(const json::object& object, std::string_view key) {
  const json::object& marker = object_of(object, key);
  DeployMarker out{.deploy_id = text_of(marker, "deployId"),
                   .at = time_of(marker, "timestamp"),
                   .user = text_of(marker, "user"),
                   .message = text_of(marker, "message")};
  return out.deploy_id.empty() ? std::nullopt : std::optional(std::move(out));
}

std::optional<DeployFacts> facts_of(const json::object& object, std::string_view key) {
  const json::object& deploy = object_of(object, key);
  DeployFacts out{.id = text_of(deploy, "id"), .metadata = {}, .image = {}};
  if (out.id.empty()) {
    return std::nullopt;
  }
  for (const auto& [name, value] : object_of(deploy, "metadata")) {
    if (value.is_string()) {
      out.metadata.emplace(name, value.get_string());
    }
  }
  out.image = text_of(object_of(object_of(deploy, "containerInfo"), "docker"), "image");
  return out;
}

TaskRef task_ref_of(const json::object& object) {
  std::string host = text_of(object, "host");
  return {.id = text_of(object, "id"),
          .deploy_id = text_of(object, "deployId"),
          .host = host.empty() ? text_of(object, "sanitizedHost") : std::move(host),
          .started_at = time_of(object, "startedAt")};
}

std::vector<TaskRef> task_refs_of(const json::object& object, std::string_view key) {
  std::vector<TaskRef> out;
  for (const auto& one : array_of(object, key)) {
    if (one.is_object()) {
      if (auto ref = task_ref_of(one.get_object()); !ref.id.empty()) {
        out.push_back(std::move(ref));
      }
    }
  }
  return out;
}

std::optional<TaskLists> tasks_of(const json::object& parent) {
  if (member(parent, "taskIds") == nullptr) {
    return std::nullopt;
  }
  const json::object& ids = object_of(parent, "taskIds");
  TaskLists out{.healthy = task_refs_of(ids, "healthy"),
                .not_yet_healthy = task_refs_of(ids, "notYetHealthy"),
                .pending = {}};
  for (const auto& ref : task_refs_of(ids, "pending")) {
    out.pending.push_back(ref.deploy_id);
  }
  return out;
}

std::optional<RequestView> view_of(const json::object& parent) {
  const json::object& request = object_of(parent, "request");
  RequestView out{.id = text_of(request, "id"),
                  .type = text_of(request, "requestType"),
                  .state = text_of(parent, "state")};
  if (out.id.empty()) {
    return std::nullopt;
  }
  constexpr std::int64_t kMost = 1'000'000;
  out.instances = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(number_of(request, "instances", 1), 0, kMost));
  out.tasks = tasks_of(parent);
  const json::object& deploys = object_of(parent, "requestDeployState");
  out.active = marker_of(deploys, "activeDeploy");
  out.pending = marker_of(deploys, "pendingDeploy");
  if (const auto work = marker_of(object_of(parent, "pendingDeployState"), "deployMarker")) {
    out.pending_work = work->deploy_id;
  }
  out.active_deploy = facts_of(parent, "activeDeploy");
  out.pending_deploy = facts_of(parent, "pendingDeploy");
  return out;
}

std::optional<DeployOutcome> outcome_of(const json::object& entry) {
  const json::object& result = object_of(entry, "deployResult");
  DeployOutcome out{.state = text_of(result, "deployState"),
                    .message = text_of(result, "message"),
                    .failures = {},
                    .at = time_of(result, "timestamp")};
  if (out.state.empty()) {
    return std::nullopt;
  }
  for (const auto& one : array_of(result, "deployFailures")) {
    if (one.is_object()) {
      const json::object& failure = one.get_object();
      out.failures.push_back({.reason = text_of(failure, "reason"),
                              .message = text_of(failure, "message"),
                              .task_id = text_of(object_of(failure, "taskId"), "id")});
    }
  }
  return out;
}

std::optional<DeployEntry> entry_of(const json::object& object) {
  auto marker = marker_of(object, "deployMarker");
  if (!marker) {
    return std::nullopt;
  }
  return DeployEntry{.marker = std::move(*marker),
                     .outcome = outcome_of(object),
                     .deploy = facts_of(object, "deploy")};
}

std::vector<std::uint16_t> ports_of(const json::object& task) {
  constexpr std::size_t kMost = 1000;
  std::vector<std::uint16_t> out;
  for (const auto& one : array_of(object_of(task, "mesosTask"), "resources")) {
    if (!one.is_object() || text_of(one.get_object(), "name") != "ports") {
      continue;
    }
    for (const auto& range : array_of(object_of(one.get_object(), "ranges"), "range")) {
      if (!range.is_object()) {
        continue;
      }
      const auto begin = number_of(range.get_object(), "begin", 0);
      const auto end = number_of(range.get_object(), "end", -1);
      for (auto port = begin; port >= 1 && port <= end && port <= 65535 && out.size() < kMost;
           ++port) {
        out.push_back(static_cast<std::uint16_t>(port));
      }
    }
  }
  return out;
}

template <typename T, typename Read>
std::vector<T> each_object(const json::array& array, const Read& read) {
  std::vector<T> out;
  for (const auto& one : array) {
    if (one.is_object()) {
      if (std::optional<T> value = read(one.get_object())) {
        out.push_back(std::move(*value));
      }
    }
  }
  return out;
}

}  // namespace

Result<RequestList> decode_requests(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "list of requests"));
  RequestList out;
  out.requests = each_object<RequestView>(array, view_of);
  out.unreadable = array.size() - out.requests.size();
  return out;
}

Result<RequestView> decode_request(std::string_view body) {
  const auto parent = SOUS_TRY(parse_object(body, "request"));
  auto view = view_of(parent);
  if (!view) {
    return unreadable("request", "it has no id");
  }
  view->body = json::serialize(object_of(parent, "request"));
  return std::move(*view);
}

Result<DeployEntry> decode_deploy(std::string_view body) {
  const auto object = SOUS_TRY(parse_object(body, "deploy"));
  auto entry = entry_of(object);
  if (!entry) {
    return unreadable("deploy", "it has no marker");
  }
  return std::move(*entry);
}

Result<std::vector<DeployEntry>> decode_deploys(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "list of deploys"));
  return each_object<DeployEntry>(array, entry_of);
}

Result<TaskView> decode_task(std::string_view body) {
  const auto task = SOUS_TRY(parse_object(body, "task"));
  TaskView out{.ref = task_ref_of(object_of(task, "taskId")),
               .host = {},
               .ports = ports_of(task),
               .deploy = facts_of(object_of(task, "taskRequest"), "deploy")};
  if (out.ref.id.empty()) {
    return unreadable("task", "it has no id");
  }
  out.host = out.ref.host;
  if (const auto& offers = array_of(task, "offers"); !offers.empty() && offers[0].is_object()) {
    // The id's host has its dashes replaced.
    if (std::string host = text_of(offers[0].get_object(), "hostname"); !host.empty()) {
      out.host = std::move(host);
    }
  }
  return out;
}

Result<std::vector<TaskEnd>> decode_task_ends(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "list of tasks"));
  return each_object<TaskEnd>(array, [](const json::object& object) -> std::optional<TaskEnd> {
    TaskEnd out{.id = text_of(object_of(object, "taskId"), "id"),
                .state = text_of(object, "lastTaskState")};
    return out.id.empty() ? std::nullopt : std::optional(std::move(out));
  });
}

Result<std::vector<RequestEvent>> decode_events(std::string_view body) {
  const auto array = SOUS_TRY(parse_array(body, "history of a request"));
  return each_object<RequestEvent>(array, [](const json::object& object) {
    return std::optional<RequestEvent>({.type = text_of(object, "eventType"),
                                        .user = text_of(object, "user"),
                                        .message = text_of(object, "message")});
  });
}

Result<LogChunk> decode_log(std::string_view body) {
  const auto object = SOUS_TRY(parse_object(body, "part of a log"));
  const std::int64_t offset = number_of(object, "offset", 0);
  return LogChunk{.data = text_of(object, "data"),
                  .offset = offset < 0 ? 0 : static_cast<std::uint64_t>(offset)};
}

std::string decode_refusal(std::string_view body) {
  std::string words(trim(body));
  for (int i = 0; i < kWrappings; ++i) {
    json::error_code error;
    const json::value value = json::parse(words, error);
    if (error || !value.is_object()) {
      break;
    }
    std::string inner = text_of(value.get_object(), "message");
    if (inner.empty()) {
      break;
    }
    words = std::move(inner);
  }
  if (words.starts_with('<')) {
    return "it answers with a page that is not Singularity's";
  }
  if (words.empty()) {
    return "it gives no reason";
  }
  if (words.size() > kShownBody || !is_valid_utf8(words)) {
    return quote(words, kShownBody);
  }
  return words;
}

}  // namespace sous::scheduler_singularity
