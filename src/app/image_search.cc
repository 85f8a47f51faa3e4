#include "app/image_search.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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

std::vector<Artifact> candidates_among(std::span<const IndexedArtifact> all) {
  std::vector<Artifact> out;
  for (const auto& image : all) {
    if (is_derived(image, all) ||
        (image.image.proof == Proof::needs_twin && !has_twin(image, all))) {
      continue;
    }
    out.push_back(image.image.artifact);
    out.back().repositories = image.repositories;
  }
  return out;
}

void add_once(std::vector<ImageRepository>& to, const ImageRepository& repository) {
  if (std::ranges::find(to, repository) == to.end()) {
    to.push_back(repository);
  }
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

}  // namespace

Result<std::vector<ImageRepository>> repositories_of(const Node& node,
                                                     const Gdm& gdm,
                                                     const SourceLocation& location) {
  std::vector<ImageRepository> out;
  out.push_back(SOUS_TRY(image_repository(node.settings.registry, location, "")));
  for (const auto& [source, file] : gdm.locks) {
    if (source.location != location) {
      continue;
    }
    for (const auto& registration : file.registrations) {
      for (const auto& repository : registration.images) {
        add_once(out, repository);
      }
    }
  }
  for (const auto& [deployment, given] : gdm.given) {
    if (deployment.manifest.source() == location) {
      add_once(out, given.current().image.repository);
    }
  }
  return out;
}

Result<KnownImages> search(Node& node,
                           const Gdm& gdm,
                           const SourceId& source,
                           const std::optional<std::string>& wanted,
                           const Call& call) {
  KnownImages out;
  if (is_locked(gdm.lock_file(source), wanted)) {
    return out;  // the GDM alone decides: docs/adr/0005
  }
  std::string reason;
  std::vector<std::string> missing;
  for (const auto& repository : SOUS_TRY(repositories_of(node, gdm, source.location))) {
    const auto scan = SOUS_TRY(scan_repository(node, repository, call));
    if (!scan.completeness.is_complete()) {
      reason = scan.completeness.reason();
      std::ranges::copy(scan.completeness.missing(), std::back_inserter(missing));
    }
  }
  if (!missing.empty()) {
    out.scanned = Completeness::partial(std::move(reason), std::move(missing));
  }
  out.found = candidates_among(SOUS_TRY(node.index.find(source.location, source.version)));
  return out;
}

Result<Decision> decide(Node& node,
                        const Gdm& gdm,
                        const SourceId& source,
                        std::optional<std::string> wanted,
                        const Call& call) {
  if (const BrokenRecord* broken = broken_lock_file(gdm, source)) {
    return Decision{source, std::move(wanted), Undecided{broken->problems}, {}};
  }
  const auto known = SOUS_TRY(search(node, gdm, source, wanted, call));
  const LockFile* file = gdm.lock_file(source);
  if (!wanted) {
    wanted = engine::wanted_revision(source.version, file, known.found);
  }
  return engine::explain({.source = source,
                          .wanted_revision = std::move(wanted),
                          .file = file,
                          .found = known.found,
                          .scanned = known.scanned});
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
