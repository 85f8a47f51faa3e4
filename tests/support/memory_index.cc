#include "support/memory_index.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace sous::support {
namespace {

void add_missing_parts(ImageFacts& known, const ImageFacts& facts) {
  if (!known.labels) {
    known.labels = facts.labels;
  }
  if (!known.diff_ids) {
    known.diff_ids = facts.diff_ids;
  }
  if (!known.created) {
    known.created = facts.created;
  }
}

std::optional<IndexedArtifact> artifact_of(const MemoryIndex::State& state,
                                           const MemoryIndex::Image& image) {
  auto identity = read_identity(image.facts);
  auto* sous_image = std::get_if<SousImage>(&identity);
  if (sous_image == nullptr) {
    return std::nullopt;
  }
  auto found_in = image.found_in;
  for (const auto& [repository, tags] : state.tags) {
    if (std::ranges::any_of(
            tags, [&](const auto& tag) { return tag.second.digest == image.facts.digest; })) {
      found_in.insert(repository);
    }
  }
  return IndexedArtifact{.image = std::move(*sous_image),
                         .repositories = {found_in.begin(), found_in.end()}};
}

}  // namespace

Status MemoryIndex::put_facts(std::span<const ImageFacts> facts, const Evidence& evidence) {
  return at_point(points_, "index.put_facts", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    for (const auto& one : facts) {
      auto& image =
          state->images.try_emplace(one.digest, Image{.facts = one, .found_in = {}}).first->second;
      add_missing_parts(image.facts, one);
      image.found_in.insert(evidence.repository);
    }
    return ok();
  });
}

Result<std::optional<ImageFacts>> MemoryIndex::facts(const Digest& digest) {
  using Answer = Result<std::optional<ImageFacts>>;
  return at_point(points_, "index.facts", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const auto found = state->images.find(digest);
    return found == state->images.end() ? std::nullopt : std::optional(found->second.facts);
  });
}

Result<std::vector<Digest>> MemoryIndex::unknown(std::span<const Digest> digests) {
  return at_point(points_, "index.unknown", Effect::reads, [&]() -> Result<std::vector<Digest>> {
    auto state = state_.lock();
    std::vector<Digest> out;
    std::ranges::copy_if(digests, std::back_inserter(out), [&](const Digest& digest) {
      return !state->images.contains(digest);
    });
    return out;
  });
}

Status MemoryIndex::put_scan(const ScanRecord& scan, std::span<const TagFact> tags) {
  return at_point(points_, "index.put_scan", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    auto& known = state->tags[scan.repository];
    // What somebody else saw while this scan ran is newer than its list.
    if (scan.completeness.is_complete()) {
      for (auto& [name, tag] : known) {
        const bool during = tag.seen_at >= scan.started_at && tag.seen_at <= scan.finished_at;
        if (!tag.vanished_at && !during) {
          tag.vanished_at = scan.finished_at;
        }
      }
    }
    for (const auto& tag : tags) {
      const auto found = known.find(tag.tag.str());
      const bool seen_later = found != known.end() && found->second.seen_at > tag.seen_at &&
                              found->second.seen_at <= scan.finished_at;
      if (!seen_later) {
        known.insert_or_assign(tag.tag.str(), tag);
      }
    }
    state->scans.insert_or_assign(scan.repository, scan);
    return ok();
  });
}

Status MemoryIndex::put_tag(const ImageRepository& repository, const TagFact& tag) {
  return at_point(points_, "index.put_tag", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    state->tags[repository].insert_or_assign(tag.tag.str(), tag);
    return ok();
  });
}

Status MemoryIndex::put_tags(const ImageRepository& repository, std::span<const TagFact> tags) {
  return at_point(points_, "index.put_tags", Effect::changes, [&]() -> Status {
    auto state = state_.lock();
    for (const auto& tag : tags) {
      state->tags[repository].insert_or_assign(tag.tag.str(), tag);
    }
    return ok();
  });
}

Result<std::optional<TagFact>> MemoryIndex::tag(const ImageRepository& repository,
                                                const ImageTag& tag) {
  using Answer = Result<std::optional<TagFact>>;
  return at_point(points_, "index.tag", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const auto& known = state->tags[repository];
    const auto found = known.find(tag.str());
    return found == known.end() ? std::nullopt : std::optional(found->second);
  });
}

Result<std::vector<TagFact>> MemoryIndex::tags(const ImageRepository& repository) {
  return at_point(points_, "index.tags", Effect::reads, [&]() -> Result<std::vector<TagFact>> {
    auto state = state_.lock();
    std::vector<TagFact> out;
    for (const auto& [name, tag] : state->tags[repository]) {
      out.push_back(tag);
    }
    return out;
  });
}

Result<std::optional<ScanRecord>> MemoryIndex::last_scan(const ImageRepository& repository) {
  using Answer = Result<std::optional<ScanRecord>>;
  return at_point(points_, "index.last_scan", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const auto found = state->scans.find(repository);
    return found == state->scans.end() ? std::nullopt : std::optional(found->second);
  });
}

Result<std::vector<ScanRecord>> MemoryIndex::scans() {
  return at_point(points_, "index.scans", Effect::reads, [&]() -> Result<std::vector<ScanRecord>> {
    auto state = state_.lock();
    std::vector<ScanRecord> out;
    for (const auto& [repository, scan] : state->scans) {
      out.push_back(scan);
    }
    return out;
  });
}

Result<std::vector<IndexedArtifact>> MemoryIndex::find(const SourceLocation& location,
                                                       const std::optional<Version>& version) {
  using Answer = Result<std::vector<IndexedArtifact>>;
  return at_point(points_, "index.find", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    std::vector<IndexedArtifact> out;
    for (const auto& [digest, image] : state->images) {
      auto artifact = artifact_of(*state, image);
      if (artifact && artifact->image.artifact.source.location == location &&
          (!version || artifact->image.artifact.source.version == *version)) {
        out.push_back(std::move(*artifact));
      }
    }
    return out;
  });
}

Result<std::optional<IndexedArtifact>> MemoryIndex::find(const Digest& digest) {
  using Answer = Result<std::optional<IndexedArtifact>>;
  return at_point(points_, "index.find", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    const auto found = state->images.find(digest);
    return found == state->images.end() ? std::nullopt : artifact_of(*state, found->second);
  });
}

Result<std::vector<SourceLocation>> MemoryIndex::locations() {
  using Answer = Result<std::vector<SourceLocation>>;
  return at_point(points_, "index.locations", Effect::reads, [&]() -> Answer {
    auto state = state_.lock();
    std::set<SourceLocation> out;
    for (const auto& [digest, image] : state->images) {
      const auto identity = read_identity(image.facts);
      if (const auto* sous_image = std::get_if<SousImage>(&identity)) {
        out.insert(sous_image->artifact.source.location);
      }
    }
    return std::vector(out.begin(), out.end());
  });
}

}  // namespace sous::support
