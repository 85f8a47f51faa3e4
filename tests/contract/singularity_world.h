#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "adapters/scheduler_singularity/singularity_scheduler.h"
#include "contract/scheduler_world.h"
#include "support/fake_clock.h"
#include "support/fake_http_client.h"
#include "support/inline_executor.h"
#include "support/memory_index.h"
#include "support/singularity_sim/simulator.h"

namespace sous::contract {

/// Lets virtual time pass with each call, as real time does between the looks of a rectifier.
class PassingTime final : public Scheduler {
 public:
  PassingTime(Scheduler& inner, support::FakeClock& clock) : inner_(inner), clock_(clock) {}

  Result<Observation> observe(const Call& call) override {
    pass();
    return inner_.observe(call);
  }

  Result<ObservedDeployment> look(const DeploymentId& id,
                                  const GdmId& gdm_id,
                                  std::uint64_t generation,
                                  const Call& call) override {
    pass();
    return inner_.look(id, gdm_id, generation, call);
  }

  Status apply(const DeployOrder& order, const Call& call) override {
    pass();
    return inner_.apply(order, call);
  }

  Status settle(const DeploymentId& id,
                const GdmId& gdm_id,
                std::uint64_t generation,
                bool succeeded,
                const Call& call) override {
    pass();
    return inner_.settle(id, gdm_id, generation, succeeded, call);
  }

  Status scale(const DeployOrder& order, const Call& call) override {
    pass();
    return inner_.scale(order, call);
  }

  Status remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) override {
    pass();
    return inner_.remove(id, gdm_id, call);
  }

 private:
  void pass() { clock_.advance(std::chrono::milliseconds(500)); }

  Scheduler& inner_;
  support::FakeClock& clock_;
};

/// The adapter against the simulator, both in one virtual time.
class SingularityWorld final : public SchedulerWorld {
 public:
  static constexpr const char* kOrigin = "http://singularity.example:7099";

  explicit SingularityWorld(singularity_sim::Settings settings = {})
      : auth_(settings.auth),
        sim_(std::move(settings),
             std::chrono::floor<std::chrono::milliseconds>(clock_.wall())
                 .time_since_epoch()
                 .count()),
        http_(clock_),
        turns_(executor_, clock_),
        adapter_(http_, clock_, index_, turns_, options()),
        scheduler_(adapter_, clock_) {
    http_.serve(kOrigin, [this](const support::SeenRequest& request) {
      sim_.advance_to(clock_.wall());
      return sim_.answer(request);
    });
    sim_.script(image(ImageKind::answers_500).str(), singularity_sim::http_script(500));
    sim_.script(image(ImageKind::crashes).str(),
                singularity_sim::crash_script("Container exited with code 7",
                                              "server starts\ncrashes on purpose\n"));
  }

  Scheduler& scheduler() override { return scheduler_; }

  ImageByDigest image(ImageKind kind) override {
    return {ImageRepository::parse("registry.example/web").value(),
            Digest::sha256_of(std::to_string(static_cast<int>(kind)))};
  }

  Traits traits() const override { return {.replaces_by_itself = true, .runs_every_kind = true}; }

  singularity_sim::Simulator& sim() { return sim_; }

  support::FakeClock& clock() { return clock_; }

  support::FakeHttpClient& http() { return http_; }

  support::MemoryIndex& index() { return index_; }

  scheduler_singularity::SingularityOptions options() const {
    scheduler_singularity::SingularityOptions out{
        .cluster = ClusterName::parse("here").value(),
        .base_url = std::string(kOrigin) + "/singularity"};
    if (auth_ == singularity_sim::Auth::header) {
      out.auth = scheduler_singularity::Auth::header;
    } else if (auth_ == singularity_sim::Auth::token) {
      out.auth = scheduler_singularity::Auth::token;
      out.token = Secret("t0ken");
    }
    return out;
  }

  /// Another process of Sous on the same Singularity: it remembers nothing.
  class PassingAdapter {
   public:
    explicit PassingAdapter(SingularityWorld& world)
        : turns_(world.executor_, world.clock_),
          adapter_(world.http_, world.clock_, world.index_, turns_, world.options()),
          scheduler_(adapter_, world.clock_) {}

    Scheduler& scheduler() { return scheduler_; }

   private:
    scheduler_singularity::Turns turns_;
    scheduler_singularity::SingularityScheduler adapter_;
    PassingTime scheduler_;
  };

 private:
  singularity_sim::Auth auth_;
  support::FakeClock clock_;
  singularity_sim::Simulator sim_;
  support::FakeHttpClient http_;
  support::MemoryIndex index_;
  support::InlineExecutor executor_;
  scheduler_singularity::Turns turns_;
  scheduler_singularity::SingularityScheduler adapter_;
  PassingTime scheduler_;
};

}  // namespace sous::contract
