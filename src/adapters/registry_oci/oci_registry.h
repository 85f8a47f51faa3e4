#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "adapters/registry_oci/oci_config.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/event_sink.h"
#include "ports/executor.h"
#include "ports/http_client.h"
#include "ports/registry.h"
#include "ports/rng.h"

namespace sous::registry_oci {

/// Registry over the OCI distribution specification and Docker's schema 2. What it learns of a host
/// (its way of login, tokens, what it does not support, when it wants to be left alone) is kept for
/// the object's life and shared by all threads. Everything it needs must outlive it. Callbacks of a
/// batch must not call it: they run in the batch's places at the host.
class OciRegistry final : public Registry {
 public:
  OciRegistry(OciConfig config,
              HttpClient& http,
              Credentials& credentials,
              Clock& clock,
              Rng& rng,
              Executor& executor,
              EventSink& events);
  ~OciRegistry() override;
  OciRegistry(const OciRegistry&) = delete;
  OciRegistry& operator=(const OciRegistry&) = delete;

  Result<TagList> list_tags(const ImageRepository& repository, const Call& call) override;

  Result<Digest> resolve(const ImageRepository& repository,
                         const ImageTag& tag,
                         const Call& call) override;
  void resolve_all(const ImageRepository& repository,
                   std::span<const ImageTag> tags,
                   const OnDigest& done,
                   const Call& call) override;

  Result<RawManifest> manifest(const ImageRepository& repository,
                               const ManifestKey& key,
                               const Call& call) override;
  void manifests(const ImageRepository& repository,
                 std::span<const ManifestKey> keys,
                 const OnManifest& done,
                 const Call& call) override;

  Result<std::string> blob(const ImageRepository& repository,
                           const Digest& digest,
                           std::uint64_t max_bytes,
                           const Call& call) override;
  void blobs(const ImageRepository& repository,
             std::span<const Digest> digests,
             std::uint64_t max_bytes,
             const OnBlob& done,
             const Call& call) override;

  Status read_blob(const ImageRepository& repository,
                   const Digest& digest,
                   std::uint64_t max_bytes,
                   ByteSink& into,
                   const Call& call) override;
  Result<BlobOutcome> push_blob(const ImageRepository& repository,
                                const BlobUpload& upload,
                                const Call& call) override;
  Status push_manifest(const ImageRepository& repository,
                       const RawManifest& manifest,
                       const std::optional<ImageTag>& tag,
                       const Call& call) override;

  std::uint64_t requests_sent() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sous::registry_oci
