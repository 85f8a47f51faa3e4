#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "model/manifest.h"

/// What podman's REST API (libpod 4) says and is told. Decoders of outside bytes: they fail with
/// invalid_data and never trust a length or a type.
namespace sous::scheduler_podman {

/// One row of `containers/json`.
struct ContainerRow {
  std::string id;
  std::string name;
  std::string state;  // as ContainerDetail::status
  TextMap labels;
};

/// What `containers/NAME/json` says.
struct ContainerDetail {
  std::string id;
  std::string name;
  std::string status;  // created, running, exited, stopped, paused, removing, ...
  std::string image_id;
  std::string image_digest;
  int exit_code = 0;
  std::uint64_t restarts = 0;
  std::optional<WallTime> started_at;
  std::optional<WallTime> finished_at;
};

/// One image of `images/json`.
struct LocalImage {
  std::string id;
  std::vector<Digest> digests;  // every digest podman knows it by
};

/// What a container is made from.
struct ContainerSpec {
  std::string name;
  std::string image;
  TextMap labels;
  TextMap env;
  std::vector<Volume> volumes;
  std::uint64_t memory_bytes = 0;   // 0: no limit
  double cpus = 0;                  // 0: no limit
  std::uint32_t stop_timeout = 10;  // seconds
};

Result<std::vector<ContainerRow>> decode_containers(std::string_view body);
Result<ContainerDetail> decode_container(std::string_view body);
Result<std::vector<LocalImage>> decode_images(std::string_view body);
/// Podman's own words in an error's body; the body's start when it is not what podman sends.
std::string decode_error(std::string_view body);
/// The error in the stream of a pull, which has status 200 whatever happens.
std::optional<std::string> decode_pull_error(std::string_view body);
/// The lines of a log stream: frames of 8 bytes of head and a payload. A cut-off frame ends it.
std::vector<std::string> decode_log(std::string_view body, std::size_t last_lines);
/// The exit code in the newest `died` event.
std::optional<int> decode_exit_code(std::string_view events);

std::string encode_container(const ContainerSpec& spec);
/// The value of `filters` for containers that carry a label.
std::string encode_label_filter(std::string_view label);
std::string encode_died_filter(std::string_view container);

}  // namespace sous::scheduler_podman
