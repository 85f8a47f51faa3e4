#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/deployment.h"

namespace sous::scheduler_singularity {

/// A deploy as far as Sous looks at it.
struct DeployFacts {
  std::string id;
  TextMap metadata;
  std::string image;  // empty where it is no docker container
};

struct DeployMarker {
  std::string deploy_id;
  WallTime at;
  std::string user;
  std::string message;
};

struct TaskRef {
  std::string id;
  std::string deploy_id;
  std::string host;
  WallTime started_at;
};

struct TaskLists {
  std::vector<TaskRef> healthy;
  std::vector<TaskRef> not_yet_healthy;
  std::vector<std::string> pending;  // deploy ids
};

/// A request with its state; of lists the deploys are absent.
struct RequestView {
  std::string id;
  std::string type;
  std::string state;
  std::uint32_t instances = 1;
  std::optional<TaskLists> tasks;  // old versions do not tell
  std::optional<DeployMarker> active;
  std::optional<DeployMarker> pending;
  std::string pending_work;  // the deploy that is being worked on still; empty: none
  std::optional<DeployFacts> active_deploy;
  std::optional<DeployFacts> pending_deploy;
  std::string body;  // the request itself as JSON, of full answers

  bool is_pending(std::string_view deploy_id) const {
    return pending_work == deploy_id || (pending && pending->deploy_id == deploy_id);
  }
};

struct DeployFailure {
  std::string reason;
  std::string message;
  std::string task_id;
};

struct DeployOutcome {
  std::string state;
  std::string message;
  std::vector<DeployFailure> failures;
  WallTime at;
};

struct DeployEntry {
  DeployMarker marker;
  std::optional<DeployOutcome> outcome;
  std::optional<DeployFacts> deploy;
};

struct TaskView {
  TaskRef ref;
  std::string host;  // as offered
  std::vector<std::uint16_t> ports;
  std::optional<DeployFacts> deploy;
};

struct TaskEnd {
  std::string id;
  std::string state;
};

struct RequestEvent {
  std::string type;
  std::string user;
  std::string message;
};

struct LogChunk {
  std::string data;
  std::uint64_t offset = 0;
};

/// What a request is to be; encode_request keeps what else `current` holds.
struct WantedRequest {
  std::string id;
  std::string type;
  std::uint32_t instances = 1;
  std::vector<std::string> owners;
  std::string schedule;
};

// Readers of Singularity's answers. Unknown members are ignored, absent and null ones are the same,
// and whatever cannot be read fails with invalid_data.
struct RequestList {
  std::vector<RequestView> requests;
  std::size_t unreadable = 0;
};

Result<RequestList> decode_requests(std::string_view body);
Result<RequestView> decode_request(std::string_view body);
Result<DeployEntry> decode_deploy(std::string_view body);
Result<std::vector<DeployEntry>> decode_deploys(std::string_view body);
Result<TaskView> decode_task(std::string_view body);
Result<std::vector<TaskEnd>> decode_task_ends(std::string_view body);
Result<std::vector<RequestEvent>> decode_events(std::string_view body);
Result<LogChunk> decode_log(std::string_view body);
/// The words of a refusal: bare text, JSON, or JSON that an instance that is not the leader has
/// wrapped once more. Of a page of a proxy, that it is one.
std::string decode_refusal(std::string_view body);

std::string encode_request(const WantedRequest& wanted, std::string_view current);
/// Whether posting `wanted` would change the request that `current` is.
bool differs(const WantedRequest& wanted, std::string_view current);
std::string encode_scale(std::uint32_t instances, std::string_view message);
std::string encode_pause(std::string_view message);
std::string encode_message(std::string_view message);

struct WantedDeploy {
  std::string id;
  std::string request_id;
  std::string image;
  Kind kind = Kind::http_service;
  DeploySpec spec;
  TextMap metadata;
  std::string message;
  bool unpauses = false;
  std::string updated_request;  // JSON, or empty
};

std::string encode_deploy(const WantedDeploy& wanted);

}  // namespace sous::scheduler_singularity
