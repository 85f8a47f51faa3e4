#include <map>

#include "adapters/files_posix/file_system.h"
#include "adapters/http_curl/curl_http_client.h"
#include "adapters/scheduler_podman/podman_scheduler.h"
#include "adapters/system_posix/clock.h"
#include "contract/scheduler_contract.h"
#include "support/podman_service.h"

namespace sous::contract {
namespace {

class PodmanWorld final : public SchedulerWorld {
 public:
  Scheduler& scheduler() override { return scheduler_; }

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

 private:
  support::PodmanService podman_;
  std::map<ImageKind, ImageByDigest> images_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, "/tmp"};
  http_curl::CurlHttpClient http_{{}, clock_};
  scheduler_podman::PodmanScheduler scheduler_{http_,
                                               files_,
                                               clock_,
                                               {.cluster = ClusterName::parse("here").value(),
                                                .socket = podman_.socket(),
                                                .steady_after = std::chrono::seconds(1)}};
};

std::unique_ptr<SchedulerWorld> make_podman_world() {
  if (!support::PodmanService::unusable_because().empty()) {
    return nullptr;
  }
  return std::make_unique<PodmanWorld>();
}

INSTANTIATE_TEST_SUITE_P(Podman,
                         SchedulerContract,
                         testing::Values(MakeSchedulerWorld(make_podman_world)));

}  // namespace
}  // namespace sous::contract
