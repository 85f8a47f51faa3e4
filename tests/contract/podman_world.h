#pragma once

#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>

#include "adapters/files_posix/file_system.h"
#include "adapters/http_curl/curl_http_client.h"
#include "adapters/scheduler_podman/podman_scheduler.h"
#include "adapters/system_posix/clock.h"
#include "contract/scheduler_world.h"
#include "support/podman_service.h"

namespace sous::contract {

/// A real podman of its own with the adapter in front of it.
class PodmanWorld final : public SchedulerWorld {
 public:
  Scheduler& scheduler() override { return *scheduler_; }

  support::PodmanService& podman() { return podman_; }

  ImageByDigest image(ImageKind kind) override {
    if (const auto found = images_.find(kind); found != images_.end()) {
      return found->second;
    }
    support::ServerBehaviour behaviour;
    behaviour.note = std::to_string(static_cast<int>(kind));
    behaviour.status = kind == ImageKind::answers_500 ? 500 : 200;
    behaviour.exit_code = kind == ImageKind::crashes ? 7 : 0;
    const auto image = podman_.build_server("sous/server" + behaviour.note, behaviour);
    return images_.emplace(kind, image).first->second;
  }

  /// Host ports of this process alone: tests that run at once have podmans of their own, which do
  /// not see each other's claims.
  static scheduler_podman::PortRange ports() {
    constexpr int kSlots = 110;
    constexpr int kSize = 100;
    const int first = 20'000 + ::getpid() % kSlots * kSize;
    return {.first = static_cast<std::uint16_t>(first),
            .last = static_cast<std::uint16_t>(first + kSize - 1)};
  }

  /// As another process on the same machine would have it.
  std::unique_ptr<Scheduler> another_scheduler(
      const scheduler_podman::PortRange& ports = PodmanWorld::ports()) {
    return std::make_unique<scheduler_podman::PodmanScheduler>(
        http_,
        files_,
        clock_,
        scheduler_podman::PodmanOptions{.cluster = ClusterName::parse("here").value(),
                                        .socket = podman_.socket(),
                                        .ports = ports,
                                        .steady_after = std::chrono::seconds(1)});
  }

 private:
  support::PodmanService podman_;
  std::map<ImageKind, ImageByDigest> images_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, "/tmp"};
  http_curl::CurlHttpClient http_{{}, clock_};
  std::unique_ptr<Scheduler> scheduler_ = another_scheduler();
};

}  // namespace sous::contract
