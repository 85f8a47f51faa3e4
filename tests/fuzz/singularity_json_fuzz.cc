#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/scheduler_singularity/messages.h"
#include "adapters/scheduler_singularity/record.h"

// Everything that Singularity says, as any bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace singularity = sous::scheduler_singularity;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto look_into = [](const std::optional<singularity::DeployFacts>& facts) {
    if (facts) {
      static_cast<void>(singularity::from_deploy(*facts));
    }
  };
  if (const auto view = singularity::decode_request(text)) {
    look_into(view->active_deploy);
    look_into(view->pending_deploy);
    static_cast<void>(singularity::encode_request({.id = "r", .type = "SERVICE"}, view->body));
  }
  if (const auto entry = singularity::decode_deploy(text)) {
    look_into(entry->deploy);
  }
  static_cast<void>(singularity::decode_requests(text));
  static_cast<void>(singularity::decode_deploys(text));
  static_cast<void>(singularity::decode_task(text));
  static_cast<void>(singularity::decode_task_ends(text));
  static_cast<void>(singularity::decode_events(text));
  static_cast<void>(singularity::decode_log(text));
  static_cast<void>(singularity::decode_refusal(text));
  return 0;
}
