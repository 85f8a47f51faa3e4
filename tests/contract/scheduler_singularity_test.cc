#include "contract/scheduler_contract.h"
#include "contract/singularity_world.h"

namespace sous::contract {
namespace {

MakeSchedulerWorld world_of(singularity_sim::Settings settings) {
  return [settings = std::move(settings)] { return std::make_unique<SingularityWorld>(settings); };
}

using singularity_sim::Auth;
using singularity_sim::Profile;

INSTANTIATE_TEST_SUITE_P(Singularity020, SchedulerContract, testing::Values(world_of({})));
INSTANTIATE_TEST_SUITE_P(Singularity15,
                         SchedulerContract,
                         testing::Values(world_of({.profile = Profile::v1_5})));
INSTANTIATE_TEST_SUITE_P(SingularityByHeader,
                         SchedulerContract,
                         testing::Values(world_of({.auth = Auth::header})));
INSTANTIATE_TEST_SUITE_P(SingularityByToken,
                         SchedulerContract,
                         testing::Values(world_of({.auth = Auth::token, .token = "t0ken"})));

}  // namespace
}  // namespace sous::contract
