#pragma once

#include <memory>
#include <string>
#include <utility>

#include "app/gdm_access.h"
#include "app/node.h"
#include "base/text.h"
#include "support/fake_clock.h"
#include "support/fake_credentials.h"
#include "support/fake_event_sink.h"
#include "support/fake_file_system.h"
#include "support/fake_image_builder.h"
#include "support/fake_registry.h"
#include "support/fake_rng.h"
#include "support/fake_source_inspector.h"
#include "support/memory_gdm_store.h"
#include "support/memory_index.h"
#include "support/memory_operations.h"

namespace sous::support {

/// A node of use cases that work on the GDM alone: no cluster, no threads. Nodes made on one
/// MemoryGdm share it.
class GdmNode {
 public:
  explicit GdmNode(std::shared_ptr<MemoryGdm> gdm, const std::string& user = "Ann")
      : store_(std::move(gdm), clock_),
        builder_(files_),
        node_{.settings = {.registry = {"registry.example.com", ""},
                           .user = {user, to_lower_ascii(user) + "@example.com"},
                           .machine_id = "machine",
                           .podman_socket = "/run/podman.sock",
                           .state_directory = "/state"},
              .clock = clock_,
              .rng = rng_,
              .executor = executor_,
              .files = files_,
              .events = events_,
              .registry = registry_,
              .credentials = credentials_,
              .index = index_,
              .gdm = store_,
              .schedulers = schedulers_,
              .operations = operations_,
              .sources = sources_,
              .builder = builder_} {}

  app::Node& operator*() { return node_; }

  MemoryGdmStore& store() { return store_; }

  FakeFileSystem& files() { return files_; }

  FakeSourceInspector& sources() { return sources_; }

  /// Commits records as they are, past every check of the use cases.
  std::string put(app::RecordEdits records, const std::string& message = "by hand") {
    const auto base = store_.read({}).value().revision;
    return store_
        .commit(base,
                {.records = std::move(records), .author = node_.settings.user, .message = message},
                {})
        .value();
  }

  /// The text of a record; empty where there is none.
  std::string text(const std::string& path) {
    const auto snapshot = store_.read({}).value();
    const auto found = snapshot.records.find(path);
    return found == snapshot.records.end() ? "" : *found->second;
  }

 private:
  class NoExecutor final : public Executor {
   public:
    std::unique_ptr<Task> start(std::string, Body) override { return nullptr; }

    std::unique_ptr<Signal> make_signal() override { return nullptr; }
  };

  class NoSchedulers final : public SchedulerDirectory {
   public:
    Result<Scheduler*> scheduler(const ClusterDefinition&) override {
      return Error(Code::unavailable, "no cluster in this test");
    }
  };

  FakeClock clock_;
  FakeRng rng_;
  NoExecutor executor_;
  FakeFileSystem files_{clock_};
  FakeEventSink events_;
  FakeRegistry registry_;
  FakeCredentials credentials_;
  MemoryIndex index_;
  MemoryGdmStore store_;
  MemoryOperations operations_;
  NoSchedulers schedulers_;
  FakeSourceInspector sources_;
  FakeImageBuilder builder_;
  app::Node node_;
};

}  // namespace sous::support
