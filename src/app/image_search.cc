#include "app/image_search.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/image_facts_reader.h"
#include "app/image_repositories.h"
#include "app/observe.h"
#include "app/repository_scan.h"
#include "codec/record_paths.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

/// An image of the original whose layers properly extend those of another image with the same
/// labels was built from it and only inherited them (design.md section 4).
bool is_derived(const IndexedArtifact& image, std::span<const IndexedArtifact> all) {
  if (image.image.proof != Proof::original || image.image.diff_ids.empty()) {
    return false;
  }
  const auto& layers = image.image.diff_ids;
  return std::ranges::any_of(all, [&](const IndexedArtifact& base) {
    const auto& of_base = base.image.diff_ids;
    return !of_base.empty() && of_base.size() < layers.size() &&
           base.image.artifact.source == image.image.artifact.source &&
           base.image.artifact.revision == image.image.artifact.revision &&
           std::ranges::equal(of_base, std::span(layers).first(of_base.size()));
  });
}

/// Whether an image without a config annotation has a proven twin of equal config.
bool has_twin(const IndexedArtifact& image, std::span<const IndexedArtifact> all) {
  return std::ranges::any_of(all, [&](const IndexedArtifact& twin) {
    return twin.image.proof == Proof::proven &&
           twin.image.artifact.config_digest == image.image.artifact.config_digest;
  });
}

/// Whether `a` rather than `b` stands for the build that both are copies of: what proves itself
/// before what needs it, so that a conversion is never taken for its original.
bool stands_for_copies(const IndexedArtifact& a, const IndexedArtifact& b) {
  const auto key = [](const IndexedArtifact& image) {
    return std::pair{image.image.proof != Proof::proven, image.image.artifact.digest};
  };
  return key(a) < key(b);
}

/// The images that some index among them names: they are that artifact.
Result<std::set<Digest>> children_among(Node& node, std::span<const IndexedArtifact> all) {
  std::set<Digest> out;
  if (all.size() < 2) {
    return out;
  }
  for (const auto& image : all) {
    if (const auto facts = SOUS_TRY(node.index.facts(image.image.artifact.digest))) {
      for (const auto& child : facts->children) {
        out.insert(child.digest);
      }
    }
  }
  return out;
}

/// One for each build: not what inherited its labels, and neither the platforms of an index nor
/// converted copies beside what they were made of (design.md section 4, docs/adr/0006).
std::vector<Artifact> candidates_among(std::span<const IndexedArtifact> all,
                                       const std::set<Digest>& children) {
  std::vector<const IndexedArtifact*> kept;
  std::map<Digest, std::size_t> of_config;
  for (const auto& image : all) {
    if (children.contains(image.image.artifact.digest) || is_derived(image, all) ||
        (image.image.proof == Proof::needs_twin && !has_twin(image, all))) {
      continue;
    }
    const auto& config = image.image.artifact.config_digest;
    const auto [copy, is_first] =
        config ? of_config.emplace(*config, kept.size()) : std::pair{of_config.end(), true};
    if (is_first) {
      kept.push_back(&image);
    } else if (stands_for_copies(image, *kept[copy->second])) {
      kept[copy->second] = &image;
    }
  }
  std::vector<Artifact> out;
  out.reserve(kept.size());
  for (const auto* image : kept) {
    out.push_back(image->image.artifact);
    out.back().repositories = image->repositories;
  }
  return out;
}

/// What the index knows of a version, under the names that images are given by.
Result<std::vector<Artifact>> indexed(Node& node, const Gdm& gdm, const SourceId& source) {
  const auto all = SOUS_TRY(node.index.find(source.location, source.version));
  auto out = candidates_among(all, SOUS_TRY(children_among(node, all)));
  for (auto& artifact : out) {
    std::erase_if(artifact.repositories, [&](const ImageRepository& repository) {
      return is_stand_in(node, gdm, repository.host);
    });
  }
  return out;
}

bool is_locked(const LockFile* file, const std::optional<std::string>& wanted) {
  if (file == nullptr || file->locks.empty()) {
    return false;
  }
  return !wanted || file->final_lock() != nullptr ||
         std::ranges::any_of(file->locks, [&](const Lock& lock) {
           return lock.revision.str().starts_with(*wanted);
         });
}

/// What cannot be read may hold a lock: nothing is chosen beside it.
const BrokenRecord* broken_lock_file(const Gdm& gdm, const SourceId& source) {
  const auto found = std::ranges::find(gdm.broken, codec::lock_path(source), &BrokenRecord::path);
  return found == gdm.broken.end() ? nullptr : &*found;
}

/// Clusters have so long to say what they run when nothing but a choice asks.
constexpr Duration kObservationLimit = std::chrono::seconds(5);

Ads observed(Node& node, const Gdm& gdm, const Call& call) {
  const Call limited{call.deadline.trimmed(node.clock.now() + kObservationLimit), call.stop};
  return observe(node, gdm.definitions, {}, limited).ads;
}

/// One search: brings the index up to date for one version.
class Search {
 public:
  Search(Node& node, const SourceId& source, const Call& call)
      : node_(node), source_(source), call_(call), began_(node.clock.wall()) {}

  Result<KnownImages> run(const Gdm& gdm, const Ads& seen) {
    const auto running = running_images(node_, gdm, seen, source_.location);
    for (const auto& [repository, known] :
         SOUS_TRY(places_of(node_, gdm, source_.location, running))) {
      const auto last = SOUS_TRY(node_.index.last_scan(repository));
      const bool is_new = !last || !is_present(*last);
      const auto scan = is_new ? SOUS_TRY(read(repository, known)) : *last;
      if (!scan.completeness.is_complete()) {
        reason_ = scan.completeness.reason();
        std::ranges::copy(scan.completeness.missing(), std::back_inserter(missing_));
      }
      SOUS_TRY_VOID(look_at_version_tag(repository, scan, is_new));
    }
    for (const auto& image : running) {
      SOUS_TRY_VOID(learn(image));
    }
    KnownImages out;
    if (!missing_.empty()) {
      out.scanned = Completeness::partial(std::move(reason_), std::move(missing_));
    }
    out.found = SOUS_TRY(indexed(node_, gdm, source_));
    return out;
  }

 private:
  Result<ScanRecord> read(const ImageRepository& repository, bool known) {
    return scan_repository(
        node_, repository, call_, {.deep = false, .never_known = !known, .progress = {}});
  }

  bool is_present(const ScanRecord& scan) const {
    return scan.completeness.is_complete() && scan.started_at <= began_ &&
           began_ - scan.started_at <= kMaxAge;
  }

  /// A list does not tell that a tag has moved, and a version's own tag is where that matters. It
  /// is asked unless the scan has just read it, or has just seen that there is none.
  Status look_at_version_tag(const ImageRepository& repository,
                             const ScanRecord& scan,
                             bool is_new) {
    const auto tag = version_tag(source_.version);
    if (!tag) {
      return ok();  // no registry has a tag that long
    }
    const auto known = SOUS_TRY(node_.index.tag(repository, *tag));
    const bool is_there = known && !known->vanished_at;
    const bool was_read = is_there && known->seen_at >= scan.started_at;
    if (is_new && (!is_there || was_read || !scan.completeness.is_complete())) {
      return ok();
    }
    const auto digest = node_.registry.resolve(repository, *tag, call_);
    TagFact now{.tag = *tag,
                .digest = {},
                .broken = {},
                .seen_at = node_.clock.wall(),
                .vanished_at = {},
                .requests = known ? known->requests : 1};
    if (digest) {
      now.digest = *digest;
      if (!known || known->digest != *digest) {
        SOUS_TRY_VOID(learn({repository, *digest}));
      }
    } else if (digest.error().code() != Code::not_found) {
      gap(fmt::format("tag {} of {}", tag->str(), repository.str()), digest.error());
      return ok();
    } else if (!is_there) {
      return ok();
    } else {
      now = *known;
      now.vanished_at = node_.clock.wall();
    }
    return node_.index.put_tag(repository, now);
  }

  /// An image that the index may not know yet. What is no image of Sous, or gone, is no candidate.
  Status learn(const ImageByDigest& image) {
    const auto read = know_image(node_, image, call_);
    if (!read && !is_broken_for_good(read.error())) {
      gap(fmt::format("image {}", image.str()), read.error());
    }
    return ok();
  }

  void gap(const std::string& what, const Error& error) {
    reason_ = error.text();
    missing_.push_back(fmt::format("{}: {}", what, error.message()));
  }

  Node& node_;
  const SourceId& source_;
  const Call& call_;
  WallTime began_;
  std::string reason_;
  std::vector<std::string> missing_;
};

/// What the index knows without asking anybody.
Result<KnownImages> known_already(Node& node, const Gdm& gdm, const SourceId& source) {
  auto found = SOUS_TRY(indexed(node, gdm, source));
  return KnownImages{
      .found = std::move(found),
      .scanned = Completeness::partial("the registries were not asked", {"the registries"})};
}

Decision explained(const SourceId& source,
                   const LockFile* file,
                   std::optional<std::string> wanted,
                   const KnownImages& known) {
  if (!wanted) {
    wanted = engine::wanted_revision(source.version, file, known.found);
  }
  return engine::explain({.source = source,
                          .wanted_revision = std::move(wanted),
                          .file = file,
                          .found = known.found,
                          .scanned = known.scanned});
}

}  // namespace

Result<KnownImages> search(
    Node& node, const Gdm& gdm, const SourceId& source, const Ads& seen, const Call& call) {
  return Search(node, source, call).run(gdm, seen);
}

Result<Decision> decide(Node& node,
                        const Gdm& gdm,
                        const SourceId& source,
                        std::optional<std::string> wanted,
                        const Call& call,
                        const Ads* seen) {
  if (const BrokenRecord* broken = broken_lock_file(gdm, source)) {
    return Decision{source, std::move(wanted), Undecided{broken->problems}, {}};
  }
  const LockFile* file = gdm.lock_file(source);
  if (is_locked(file, wanted)) {
    return explained(source, file, std::move(wanted), {});  // docs/adr/0005
  }
  auto from_index = explained(source, file, wanted, SOUS_TRY(known_already(node, gdm, source)));
  if (std::holds_alternative<Decided>(from_index.verdict)) {
    return from_index;
  }
  const Ads observed_now = seen == nullptr ? observed(node, gdm, call) : Ads{};
  const auto known =
      SOUS_TRY(search(node, gdm, source, seen == nullptr ? observed_now : *seen, call));
  return explained(source, file, std::move(wanted), known);
}

engine::ChosenImage chosen_image(const Decision& decision) {
  engine::ChosenImage out{decision.verdict, {}};
  if (const auto* decided = std::get_if<Decided>(&decision.verdict)) {
    const auto chosen = std::ranges::find_if(decision.candidates, [&](const Candidate& candidate) {
      return candidate.artifact.digest == decided->image.digest;
    });
    if (chosen != decision.candidates.end()) {
      out.advisories = chosen->artifact.advisories;
    }
  }
  return out;
}

}  // namespace sous::app
