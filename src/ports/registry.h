#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/completeness.h"
#include "model/image_ref.h"
#include "ports/byte_stream.h"
#include "ports/call.h"

namespace sous {

using ManifestKey = std::variant<ImageTag, Digest>;

/// A manifest as the registry has it; `digest` was computed from `bytes`, and checked where asked
/// by digest.
struct RawManifest {
  Digest digest;
  std::string media_type;
  std::string bytes;
};

struct TagList {
  std::vector<ImageTag> tags;
  Completeness completeness;  // complete only if the end of the list was seen
};

struct BlobUpload {
  Digest digest;
  std::uint64_t size = 0;
  ByteSource* source = nullptr;               // not owned; may be read twice
  std::optional<ImageRepository> mount_from;  // where the registry may already have it
  /// Told, on the calling thread, how many bytes have gone out; less than before when an attempt
  /// has to begin again. Only for what is sent.
  std::function<void(std::uint64_t bytes)> progress = {};
};

enum class BlobOutcome : std::uint8_t { was_there, mounted, uploaded };

/// One or more container registries (OCI distribution specification). Thread-safe.
///
/// Fails with not_found (404: broken for good), unauthorized, forbidden, rate_limited, unavailable,
/// timeout, invalid_data (digest mismatch, unknown format), cancelled. A missing repository lists
/// as not_found.
class Registry {
 public:
  using OnManifest = std::function<void(std::size_t index, Result<RawManifest>)>;
  using OnDigest = std::function<void(std::size_t index, Result<Digest>)>;
  using OnBlob = std::function<void(std::size_t index, Result<std::string>)>;

  virtual ~Registry() = default;

  virtual Result<TagList> list_tags(const ImageRepository& repository, const Call& call) = 0;

  /// What tags name now: one HEAD each. The batch forms call back once per item on this thread.
  virtual Result<Digest> resolve(const ImageRepository& repository,
                                 const ImageTag& tag,
                                 const Call& call) = 0;
  virtual void resolve_all(const ImageRepository& repository,
                           std::span<const ImageTag> tags,
                           const OnDigest& done,
                           const Call& call) = 0;

  virtual Result<RawManifest> manifest(const ImageRepository& repository,
                                       const ManifestKey& key,
                                       const Call& call) = 0;
  virtual void manifests(const ImageRepository& repository,
                         std::span<const ManifestKey> keys,
                         const OnManifest& done,
                         const Call& call) = 0;

  /// A small blob (an image config) in memory; longer ones than `max_bytes` fail with invalid_data.
  virtual Result<std::string> blob(const ImageRepository& repository,
                                   const Digest& digest,
                                   std::uint64_t max_bytes,
                                   const Call& call) = 0;
  virtual void blobs(const ImageRepository& repository,
                     std::span<const Digest> digests,
                     std::uint64_t max_bytes,
                     const OnBlob& done,
                     const Call& call) = 0;

  /// A blob of any size up to `max_bytes`, piece by piece on this thread, and checked by its digest
  /// at the end: what `into` got counts only where this succeeds. A repeated attempt restarts it.
  virtual Status read_blob(const ImageRepository& repository,
                           const Digest& digest,
                           std::uint64_t max_bytes,
                           ByteSink& into,
                           const Call& call) = 0;

  /// Makes sure the registry has a blob; sends it only when it is missing and cannot be mounted.
  /// What is sent streams from its source; an interrupted upload goes on where the registry says it
  /// ended.
  virtual Result<BlobOutcome> push_blob(const ImageRepository& repository,
                                        const BlobUpload& upload,
                                        const Call& call) = 0;
  /// Puts a manifest by its digest, and under `tag` when given. Fails with forbidden when the
  /// registry does not let a tag move.
  virtual Status push_manifest(const ImageRepository& repository,
                               const RawManifest& manifest,
                               const std::optional<ImageTag>& tag,
                               const Call& call) = 0;

  /// Requests sent by this object so far, for reports and for tests of cost.
  virtual std::uint64_t requests_sent() const = 0;
};

}  // namespace sous
