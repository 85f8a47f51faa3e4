#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/scheduler_podman/host_ports.h"
#include "adapters/scheduler_podman/instance_record.h"
#include "adapters/scheduler_podman/podman_json.h"

// Everything that podman and the kernel say, as any bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace podman = sous::scheduler_podman;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rows = podman::decode_containers(text)) {
    for (const auto& row : *rows) {
      static_cast<void>(podman::from_labels(row.labels));
    }
  }
  static_cast<void>(podman::decode_container(text));
  static_cast<void>(podman::decode_images(text));
  static_cast<void>(podman::decode_error(text));
  static_cast<void>(podman::decode_pull_error(text));
  static_cast<void>(podman::decode_exit_code(text));
  static_cast<void>(podman::decode_log(text, 20));
  static_cast<void>(podman::bound_ports(text));
  return 0;
}
