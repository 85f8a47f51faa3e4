#include "contract/scheduler_contract.h"
#include "support/fake_clock.h"
#include "support/fake_scheduler.h"

namespace sous::contract {
namespace {

class FakeWorld final : public SchedulerWorld {
 public:
  FakeWorld() {
    script(ImageKind::answers_500,
           {.health = Health::failed,
            .looks = 1,
            .message = "answers /health with status 500",
            .log_lines = {"server starts"},
            .really_runs = {}});
    script(ImageKind::crashes,
           {.health = Health::failed,
            .looks = 1,
            .message = "exited with code 7",
            .log_lines = {"crashes on purpose"},
            .really_runs = {}});
  }

  Scheduler& scheduler() override { return scheduler_; }

  ImageByDigest image(ImageKind kind) override {
    return {ImageRepository::parse("registry.example/web").value(),
            Digest::sha256_of(std::to_string(static_cast<int>(kind)))};
  }

 private:
  void script(ImageKind kind, support::FakeBehaviour behaviour) {
    scheduler_.script(image(kind).digest, std::move(behaviour));
  }

  support::FakeClock clock_;
  support::FakeScheduler scheduler_{ClusterName::parse("here").value(), clock_};
};

INSTANTIATE_TEST_SUITE_P(Fake, SchedulerContract, testing::Values(MakeSchedulerWorld([] {
                           return std::make_unique<FakeWorld>();
                         })));

}  // namespace
}  // namespace sous::contract
