#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/node.h"
#include "support/fake_credentials.h"
#include "support/fake_event_sink.h"
#include "support/fake_file_system.h"
#include "support/fake_image_builder.h"
#include "support/fake_registry.h"
#include "support/fake_scheduler.h"
#include "support/fake_source_inspector.h"
#include "support/memory_gdm_store.h"
#include "support/memory_index.h"
#include "support/memory_operations.h"
#include "support/sim.h"

namespace sous::sim {

inline constexpr const char* kCheckout = "/checkout";
inline constexpr const char* kRemote = "https://git.example.com/demo/hello.git";

/// One cluster for every definition.
class OneScheduler final : public SchedulerDirectory {
 public:
  explicit OneScheduler(Scheduler& scheduler) : scheduler_(scheduler) {}

  Result<Scheduler*> scheduler(const ClusterDefinition&) override { return &scheduler_; }

 private:
  Scheduler& scheduler_;
};

/// What all nodes share: one GDM, one registry, one cluster.
struct World {
  explicit World(support::Simulation& simulation) : World(simulation, simulation) {}

  /// All fakes ask `where` at their points instead of the simulation.
  World(support::Simulation& simulation, support::Points& where);

  support::Simulation& sim;
  support::Points& points;
  std::shared_ptr<support::MemoryGdm> gdm = std::make_shared<support::MemoryGdm>();
  support::FakeRegistry registry;
  support::FakeScheduler cluster;
  OneScheduler clusters;
};

/// One machine with its own checkout, index, clock and disk.
class SimNode {
 public:
  SimNode(World& world, std::string name, Duration clock_skew);

  app::Node& node() { return node_; }

  support::FakeImageBuilder& builder() { return builder_; }

  support::MemoryGdmStore& gdm() { return gdm_; }

  support::FakeFileSystem& files() { return files_; }

  /// Puts a clean, pushed and tagged checkout at kCheckout.
  void check_out(const std::string& tag, const Revision& revision);

 private:
  std::unique_ptr<Clock> clock_;
  support::FakeFileSystem files_;
  support::FakeEventSink events_;
  support::FakeCredentials credentials_;
  support::MemoryIndex index_;
  support::MemoryGdmStore gdm_;
  support::MemoryOperations operations_;
  support::FakeSourceInspector source_;
  support::FakeImageBuilder builder_;
  app::Node node_;
};

}  // namespace sous::sim
