#include "support/fake_registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sous::support {
namespace {

namespace json = boost::json;

std::string key_text(const ManifestKey& key) {
  const auto* tag = std::get_if<ImageTag>(&key);
  return tag != nullptr ? tag->str() : std::get<Digest>(key).str();
}

Error missing(std::string_view what, const ImageRepository& repository) {
  return {Code::not_found, fmt::format("{} answered 404 for {}", repository.host, what)};
}

// The digests of the blobs and manifests that a manifest needs.
struct References {
  std::vector<Digest> blobs;
  std::vector<Digest> manifests;
};

void add_digest(const json::value& descriptor, std::vector<Digest>& into) {
  const auto* object = descriptor.if_object();
  const auto* text = object == nullptr ? nullptr : object->if_contains("digest");
  if (text == nullptr || !text->is_string()) {
    return;
  }
  auto digest =
      Digest::parse(std::string_view(text->get_string().data(), text->get_string().size()));
  if (digest.has_value()) {
    into.push_back(*digest);
  }
}

std::optional<References> references_of(const std::string& bytes) {
  json::error_code failure;
  const json::value value = json::parse(bytes, failure);
  if (failure || !value.is_object()) {
    return std::nullopt;
  }
  References out;
  for (const auto& [key, member] : value.get_object()) {
    if (key == "config") {
      add_digest(member, out.blobs);
    } else if ((key == "layers" || key == "manifests") && member.is_array()) {
      for (const auto& item : member.get_array()) {
        add_digest(item, key == "layers" ? out.blobs : out.manifests);
      }
    }
  }
  return out;
}

Result<std::string> read_all(ByteSource& source, std::uint64_t size) {
  std::string out;
  std::array<char, 4096> buffer{};
  SOUS_TRY_VOID(source.seek(0));
  while (const std::size_t got = SOUS_TRY(source.read(buffer))) {
    out.append(buffer.data(), got);
  }
  if (out.size() != size) {
    return Error(Code::invalid_data, "what is to be sent has another length than was said");
  }
  return out;
}

}  // namespace

std::string FakeRegistry::Question::text() const {
  if (key.empty()) {
    return fmt::format("{} {}", operation, repository.str());
  }
  const char* joint = key.find(':') == std::string::npos ? ":" : "@";
  return fmt::format("{} {}{}{}", operation, repository.str(), joint, key);
}

void FakeRegistry::set_fault(Fault fault) {
  auto state = state_.lock();
  state->fault = std::move(fault);
}

void FakeRegistry::cut_lists(std::size_t tags, std::string reason) {
  auto state = state_.lock();
  state->cut = Cut{tags, std::move(reason)};
}

void FakeRegistry::mend_lists() {
  auto state = state_.lock();
  state->cut.reset();
}

void FakeRegistry::forbid_moving_tags() {
  auto state = state_.lock();
  state->tags_are_fixed = true;
}

void FakeRegistry::set_page_size(std::size_t tags) {
  auto state = state_.lock();
  state->page_size = std::max<std::size_t>(1, tags);
}

void FakeRegistry::put_blob(const ImageRepository& repository, const std::string& bytes) {
  auto state = state_.lock();
  state->repositories[repository].blobs.insert_or_assign(Digest::sha256_of(bytes), bytes);
}

Digest FakeRegistry::put_manifest(const ImageRepository& repository,
                                  const std::string& media_type,
                                  const std::string& bytes,
                                  const std::optional<ImageTag>& tag) {
  const Digest digest = Digest::sha256_of(bytes);
  auto state = state_.lock();
  auto& stored = state->repositories[repository];
  stored.manifests.insert_or_assign(digest, RawManifest{digest, media_type, bytes});
  if (tag) {
    stored.tags.insert_or_assign(*tag, digest);
  }
  return digest;
}

void FakeRegistry::remove_tag(const ImageRepository& repository, const ImageTag& tag) {
  auto state = state_.lock();
  state->repositories[repository].tags.erase(tag);
}

void FakeRegistry::remove_manifest(const ImageRepository& repository, const Digest& digest) {
  auto state = state_.lock();
  state->repositories[repository].manifests.erase(digest);
}

std::vector<FakeRegistry::Question> FakeRegistry::questions() {
  auto state = state_.lock();
  return state->questions;
}

std::optional<Digest> FakeRegistry::tag(const ImageRepository& repository, const ImageTag& tag) {
  auto state = state_.lock();
  const auto& tags = state->repositories[repository].tags;
  const auto at = tags.find(tag);
  return at == tags.end() ? std::nullopt : std::optional<Digest>(at->second);
}

bool FakeRegistry::has_blob(const ImageRepository& repository, const Digest& digest) {
  auto state = state_.lock();
  return state->repositories[repository].blobs.contains(digest);
}

std::uint64_t FakeRegistry::requests_sent() const {
  auto state = state_.lock();
  return state->requests;
}

// Faults are asked without the lock, since they may look at this object.
template <typename Answer>
auto FakeRegistry::ask(Question question, Effect effect, const Call& call, const Answer& answer)
    -> decltype(answer(std::declval<State&>())) {
  using Outcome = decltype(answer(std::declval<State&>()));
  const std::string point = "registry." + question.operation;
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "cancelled");
  }
  auto parsed = ImageRepository::parse(question.repository.str());
  if (!parsed.has_value()) {
    return std::move(parsed.error());
  }
  return at_point(points_, point, effect, [&]() -> Outcome {
    Fault fault;
    {
      auto state = state_.lock();
      state->questions.push_back(question);
      fault = state->fault;
    }
    if (auto error = fault ? fault(question) : std::nullopt) {
      auto state = state_.lock();
      ++state->requests;
      return std::move(*error);
    }
    auto state = state_.lock();
    return answer(*state);
  });
}

Result<TagList> FakeRegistry::list_tags(const ImageRepository& repository, const Call& call) {
  const auto answer = [&](State& state) -> Result<TagList> {
    const auto at = state.repositories.find(repository);
    ++state.requests;
    if (at == state.repositories.end()) {
      return missing("tags", repository);
    }
    TagList out;
    for (const auto& [tag, digest] : at->second.tags) {
      if (state.cut && out.tags.size() >= state.cut->tags) {
        break;
      }
      out.tags.push_back(tag);
    }
    if (!out.tags.empty()) {
      state.requests += (out.tags.size() - 1) / state.page_size;
    }
    if (state.cut) {
      out.completeness = Completeness::partial(state.cut->reason, {"tags of " + repository.str()});
    }
    return out;
  };
  return ask({"list", repository, {}}, Effect::reads, call, answer);
}

Result<Digest> FakeRegistry::resolve(const ImageRepository& repository,
                                     const ImageTag& tag,
                                     const Call& call) {
  const auto answer = [&](State& state) -> Result<Digest> {
    ++state.requests;
    auto& stored = state.repositories[repository];
    const auto at = stored.tags.find(tag);
    if (at == stored.tags.end() || !stored.manifests.contains(at->second)) {
      return missing("tag " + tag.str(), repository);
    }
    return at->second;
  };
  return ask({"resolve", repository, tag.str()}, Effect::reads, call, answer);
}

void FakeRegistry::resolve_all(const ImageRepository& repository,
                               std::span<const ImageTag> tags,
                               const OnDigest& done,
                               const Call& call) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    done(i, resolve(repository, tags[i], call));
  }
}

Result<RawManifest> FakeRegistry::manifest(const ImageRepository& repository,
                                           const ManifestKey& key,
                                           const Call& call) {
  const auto answer = [&](State& state) -> Result<RawManifest> {
    ++state.requests;
    auto& stored = state.repositories[repository];
    std::optional<Digest> digest;
    if (const auto* wanted = std::get_if<Digest>(&key)) {
      digest = *wanted;
    } else if (const auto at = stored.tags.find(std::get<ImageTag>(key)); at != stored.tags.end()) {
      digest = at->second;
    }
    const auto at = digest ? stored.manifests.find(*digest) : stored.manifests.end();
    if (at == stored.manifests.end()) {
      return missing("manifest " + key_text(key), repository);
    }
    return at->second;
  };
  return ask({"manifest", repository, key_text(key)}, Effect::reads, call, answer);
}

void FakeRegistry::manifests(const ImageRepository& repository,
                             std::span<const ManifestKey> keys,
                             const OnManifest& done,
                             const Call& call) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    done(i, manifest(repository, keys[i], call));
  }
}

Result<std::string> FakeRegistry::blob(const ImageRepository& repository,
                                       const Digest& digest,
                                       std::uint64_t max_bytes,
                                       const Call& call) {
  const auto answer = [&](State& state) -> Result<std::string> {
    ++state.requests;
    const auto& blobs = state.repositories[repository].blobs;
    const auto at = blobs.find(digest);
    if (at == blobs.end()) {
      return missing("blob " + digest.str(), repository);
    }
    if (at->second.size() > max_bytes) {
      return Error(Code::invalid_data,
                   fmt::format("the answer is longer than {} bytes", max_bytes));
    }
    return at->second;
  };
  return ask({"blob", repository, digest.str()}, Effect::reads, call, answer);
}

void FakeRegistry::blobs(const ImageRepository& repository,
                         std::span<const Digest> digests,
                         std::uint64_t max_bytes,
                         const OnBlob& done,
                         const Call& call) {
  for (std::size_t i = 0; i < digests.size(); ++i) {
    done(i, blob(repository, digests[i], max_bytes, call));
  }
}

Status FakeRegistry::read_blob(const ImageRepository& repository,
                               const Digest& digest,
                               std::uint64_t max_bytes,
                               ByteSink& into,
                               const Call& call) {
  constexpr std::size_t kPiece = 4096;
  const std::string bytes = SOUS_TRY(blob(repository, digest, max_bytes, call));
  SOUS_TRY_VOID(into.restart());
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    SOUS_TRY_VOID(into.write(std::string_view(bytes).substr(at, kPiece)));
  }
  return ok();
}

Result<BlobOutcome> FakeRegistry::push_blob(const ImageRepository& repository,
                                            const BlobUpload& upload,
                                            const Call& call) {
  const auto answer = [&](State& state) -> Result<BlobOutcome> {
    auto& blobs = state.repositories[repository].blobs;
    ++state.requests;
    if (blobs.contains(upload.digest)) {
      return BlobOutcome::was_there;
    }
    ++state.requests;
    if (upload.mount_from && upload.mount_from->host == repository.host) {
      const auto& source = state.repositories[*upload.mount_from].blobs;
      if (const auto at = source.find(upload.digest); at != source.end()) {
        blobs.insert(*at);
        return BlobOutcome::mounted;
      }
    }
    ++state.requests;
    auto bytes = SOUS_TRY(read_all(*upload.source, upload.size));
    if (Digest::sha256_of(bytes) != upload.digest) {
      return Error(Code::invalid_data, "the bytes have another digest than was said");
    }
    blobs.emplace(upload.digest, std::move(bytes));
    return BlobOutcome::uploaded;
  };
  return ask({"push_blob", repository, upload.digest.str()}, Effect::changes, call, answer);
}

Status FakeRegistry::check_references(const Repository& repository, const RawManifest& manifest) {
  const auto references = references_of(manifest.bytes);
  if (!references) {
    return Error(Code::invalid_data, "the manifest is not JSON");
  }
  for (const auto& digest : references->blobs) {
    if (!repository.blobs.contains(digest)) {
      return Error(Code::failed, "blob unknown to registry: " + digest.str());
    }
  }
  for (const auto& digest : references->manifests) {
    if (!repository.manifests.contains(digest)) {
      return Error(Code::failed, "manifest unknown to registry: " + digest.str());
    }
  }
  return ok();
}

Status FakeRegistry::push_manifest(const ImageRepository& repository,
                                   const RawManifest& manifest,
                                   const std::optional<ImageTag>& tag,
                                   const Call& call) {
  const auto answer = [&](State& state) -> Status {
    if (Digest::sha256_of(manifest.bytes) != manifest.digest) {
      return Error(Code::invalid_data, "the manifest has another digest than was said");
    }
    auto& stored = state.repositories[repository];
    ++state.requests;
    SOUS_TRY_VOID(check_references(stored, manifest));
    stored.manifests.insert_or_assign(manifest.digest, manifest);
    if (!tag) {
      return ok();
    }
    ++state.requests;
    const auto at = stored.tags.find(*tag);
    if (state.tags_are_fixed && at != stored.tags.end() && at->second != manifest.digest) {
      return Error(Code::forbidden,
                   fmt::format("{} does not let the tag {} be set", repository.host, tag->str()));
    }
    stored.tags.insert_or_assign(*tag, manifest.digest);
    return ok();
  };
  const std::string key = tag ? tag->str() : manifest.digest.str();
  return ask({"push_manifest", repository, key}, Effect::changes, call, answer);
}

}  // namespace sous::support
