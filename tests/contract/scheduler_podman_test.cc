#include "contract/podman_world.h"
#include "contract/scheduler_contract.h"

namespace sous::contract {
namespace {

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
