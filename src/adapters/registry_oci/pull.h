#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "adapters/registry_oci/exchange.h"
#include "adapters/registry_oci/oci_config.h"
#include "adapters/registry_oci/target.h"
#include "ports/event_sink.h"
#include "ports/registry.h"

namespace sous::registry_oci {

constexpr const char* kPull = "pull";

/// The question for a manifest; `method` is GET or HEAD.
Ask manifest_ask(const OciConfig& config,
                 const Target& target,
                 const std::string& method,
                 const ManifestKey& key);
/// `host/path:tag` or `host/path@digest`, for messages.
std::string shown(const ImageRepository& repository, const ManifestKey& key);

/// Reads manifests and blobs. What is named by digest may come from a mirror, whose bytes are
/// checked like all others; what a tag means is asked of the registry itself alone. Thread-safe.
class Pull {
 public:
  Pull(const OciConfig& config, Exchange& exchange, EventSink& events)
      : config_(config), exchange_(exchange), events_(events) {}

  void manifests(const Target& origin,
                 std::span<const ManifestKey> keys,
                 const Registry::OnManifest& done,
                 const Call& call);
  void blobs(const Target& origin,
             std::span<const Digest> digests,
             std::uint64_t max_bytes,
             const Registry::OnBlob& done,
             const Call& call);
  Status blob_into(const Target& origin,
                   const Digest& digest,
                   std::uint64_t max_bytes,
                   ByteSink& into,
                   const Call& call);

 private:
  template <typename Value>
  class Batch;

  const OciConfig& config_;
  Exchange& exchange_;
  EventSink& events_;
};

}  // namespace sous::registry_oci
