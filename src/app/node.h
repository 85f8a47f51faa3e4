#pragma once

#include <functional>
#include <map>
#include <string>

#include "model/image_ref.h"
#include "ports/artifact_index.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/event_sink.h"
#include "ports/executor.h"
#include "ports/file_system.h"
#include "ports/gdm_store.h"
#include "ports/image_builder.h"
#include "ports/operation_store.h"
#include "ports/registry.h"
#include "ports/rng.h"
#include "ports/scheduler.h"
#include "ports/source_inspector.h"

namespace sous::app {

/// What a node is configured with.
struct Settings {
  RegistryBase registry;
  Author user;
  std::string machine_id;
  std::string podman_socket;  // of the cluster `local` that first use defines
  /// Where what cannot be written yet is kept; empty: nowhere.
  std::string state_directory = {};
  /// Where repositories of a host are cloned from, by host: an address with `{path}` in it.
  std::map<std::string, std::string, std::less<>> clone_urls = {};
};

/// Everything a use case works with: one Sous on one machine. The references outlive it; which
/// implementation stands behind each is decided in apps/sous alone.
struct Node {
  Settings settings;
  Clock& clock;
  Rng& rng;
  Executor& executor;
  FileSystem& files;
  EventSink& events;
  Registry& registry;
  Credentials& credentials;
  ArtifactIndex& index;
  GdmStore& gdm;
  SchedulerDirectory& schedulers;
  OperationStore& operations;
  SourceInspector& sources;
  ImageBuilder& builder;

  /// `Name <email>`, as records keep it.
  std::string who() const;
};

}  // namespace sous::app
