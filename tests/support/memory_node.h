#pragma once

#include <memory>

#include "app/node.h"
#include "support/fake_clock.h"
#include "support/fake_credentials.h"
#include "support/fake_event_sink.h"
#include "support/fake_file_system.h"
#include "support/fake_image_builder.h"
#include "support/fake_registry.h"
#include "support/fake_rng.h"
#include "support/fake_scheduler.h"
#include "support/fake_source_inspector.h"
#include "support/inline_executor.h"
#include "support/memory_gdm_store.h"
#include "support/memory_index.h"
#include "support/memory_operations.h"

namespace sous::support {

/// A node on one thread with every part in memory: for tests of use cases, not of their
/// concurrency, which is what the simulation is for.
struct MemoryNode : SchedulerDirectory {
  FakeClock clock;
  FakeRng rng;
  FakeFileSystem files{clock};
  FakeEventSink events;
  FakeRegistry registry;
  FakeCredentials credentials;
  MemoryIndex index;
  std::shared_ptr<MemoryGdm> records = std::make_shared<MemoryGdm>();
  MemoryGdmStore gdm{records, clock};
  FakeScheduler cluster{ClusterName::parse("local").value(), clock};
  MemoryOperations operations;
  FakeSourceInspector sources;
  FakeImageBuilder builder{files};
  InlineExecutor executor;
  app::Node node{.settings = {.registry = {"registry.example.com", ""},
                              .user = {"Pat Person", "pat@example.com"},
                              .machine_id = "machine",
                              .podman_socket = "/run/podman.sock"},
                 .clock = clock,
                 .rng = rng,
                 .executor = executor,
                 .files = files,
                 .events = events,
                 .registry = registry,
                 .credentials = credentials,
                 .index = index,
                 .gdm = gdm,
                 .schedulers = *this,
                 .operations = operations,
                 .sources = sources,
                 .builder = builder};

  Result<Scheduler*> scheduler(const ClusterDefinition& /*cluster*/) override { return &cluster; }
};

}  // namespace sous::support
