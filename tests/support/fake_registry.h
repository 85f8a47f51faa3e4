#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/locked.h"
#include "ports/registry.h"
#include "support/points.h"

namespace sous::support {

/// Registries in memory: every host exists, every repository begins with its first push. Refuses
/// what a real registry refuses (a manifest whose blobs it lacks) and counts requests as the real
/// adapter does. Thread-safe. Its points are `registry.list`, `.resolve`, `.manifest`, `.blob`,
/// `.push_blob` and `.push_manifest`, one for each item of a batch.
class FakeRegistry final : public Registry {
 public:
  /// One question, as faults and `questions()` see it.
  struct Question {
    std::string operation;  // "list", "resolve", "manifest", "blob", "push_blob", "push_manifest"
    ImageRepository repository;
    std::string key;  // tag or digest; empty for "list"

    /// `resolve host/path:1.0.0`, `blob host/path@sha256:...`.
    std::string text() const;
  };

  using Fault = std::function<std::optional<Error>(const Question&)>;

  /// `points` must outlive this object.
  explicit FakeRegistry(Points& points = no_points()) : points_(points) {}

  // What tests arrange.

  /// Asked before each question is answered; an error is the answer.
  void set_fault(Fault fault);
  /// Lists end after so many tags (in order) as partial, for this reason; 0 tags is allowed.
  void cut_lists(std::size_t tags, std::string reason);
  void mend_lists();
  /// From now on a tag that exists does not move.
  void forbid_moving_tags();
  /// The size of the pages that list_tags counts as requests.
  void set_page_size(std::size_t tags);
  void put_blob(const ImageRepository& repository, const std::string& bytes);
  /// Without looking at what it refers to; `tag` may be any text that is a tag.
  Digest put_manifest(const ImageRepository& repository,
                      const std::string& media_type,
                      const std::string& bytes,
                      const std::optional<ImageTag>& tag);
  void remove_tag(const ImageRepository& repository, const ImageTag& tag);
  void remove_manifest(const ImageRepository& repository, const Digest& digest);

  // What tests look at.

  std::vector<Question> questions();
  std::optional<Digest> tag(const ImageRepository& repository, const ImageTag& tag);
  bool has_blob(const ImageRepository& repository, const Digest& digest);

  // The port.

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
  struct Repository {
    std::map<Digest, RawManifest> manifests;
    std::map<ImageTag, Digest> tags;
    std::map<Digest, std::string> blobs;
  };

  struct Cut {
    std::size_t tags = 0;
    std::string reason;
  };

  struct State {
    std::map<ImageRepository, Repository> repositories;
    std::vector<Question> questions;
    Fault fault;
    std::optional<Cut> cut;
    bool tags_are_fixed = false;
    std::size_t page_size = 1000;
    std::uint64_t requests = 0;
  };

  template <typename Answer>
  auto ask(Question question, Effect effect, const Call& call, const Answer& answer)
      -> decltype(answer(std::declval<State&>()));
  static Status check_references(const Repository& repository, const RawManifest& manifest);

  Points& points_;
  mutable Locked<State> state_;
};

}  // namespace sous::support
