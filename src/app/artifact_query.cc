#include "app/artifact_query.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/image_facts_reader.h"
#include "app/repository_scan.h"

namespace sous::app {
namespace {

KnownArtifact known(const SourceId& source, const Registration& registration) {
  return {.digest = registration.digest,
          .source = source,
          .revision = registration.revision,
          .advisories = registration.advisories,
          .built_at = registration.built_at,
          .first_seen = registration.registered.when,
          .registered = true,
          .withdrawn = registration.withdrawn.has_value(),
          .names = registration.images};
}

KnownArtifact known(const IndexedArtifact& indexed) {
  const Artifact& artifact = indexed.image.artifact;
  return {.digest = artifact.digest,
          .source = artifact.source,
          .revision = artifact.revision,
          .advisories = artifact.advisories,
          .built_at = artifact.built_at ? artifact.built_at : artifact.created,
          .first_seen = {},
          .registered = false,
          .withdrawn = false,
          .names = indexed.repositories};
}

bool has_label(const ImageFacts& facts, const LabelMatch& match) {
  const auto is_in = [&](const LabelMap& map) {
    const auto found = map.find(match.key);
    return found != map.end() && (!match.value || found->second == *match.value);
  };
  return is_in(facts.annotations) || (facts.labels && is_in(*facts.labels));
}

class Query {
 public:
  Query(Node& node, const ArtifactQuery& query, const Call& call)
      : node_(node), query_(query), filter_(query.filter), call_(call) {}

  Result<ArtifactReport> run() {
    const auto state = SOUS_TRY(read_gdm(node_, call_));
    for (const auto& location : SOUS_TRY(locations(state.gdm))) {
      SOUS_TRY_VOID(look_at_readings(state.gdm, location));
      SOUS_TRY_VOID(take(state.gdm, location));
    }
    if (unread_labels_ > 0) {
      gap("not every image's labels were needed so far; -scan reads them",
          fmt::format("the labels of {} images", unread_labels_));
    }
    if (!missing_.empty()) {
      report_.completeness = Completeness::partial(std::move(reason_), std::move(missing_));
    }
    return std::move(report_);
  }

 private:
  Result<std::set<SourceLocation>> locations(const Gdm& gdm) {
    if (filter_.location) {
      return std::set{*filter_.location};
    }
    std::set<SourceLocation> out;
    for (auto& location : SOUS_TRY(node_.index.locations())) {
      out.insert(std::move(location));
    }
    for (const auto& [source, file] : gdm.locks) {
      out.insert(source.location);
    }
    return out;
  }

  /// Whether everything that is known of a location came from whole readings.
  Status look_at_readings(const Gdm& gdm, const SourceLocation& location) {
    for (const auto& [repository, known] :
         SOUS_TRY(places_of(node_, gdm, location, {}, query_.names))) {
      std::optional<ScanRecord> record;
      if (query_.scan) {
        record = SOUS_TRY(scan_repository(
            node_, repository, call_, {.deep = false, .never_known = !known, .progress = {}}));
      } else {
        record = SOUS_TRY(node_.index.last_scan(repository));
      }
      if (!record) {
        gap("not everything was read yet; `sous index scan` reads it", repository.str());
      } else if (!record->completeness.is_complete()) {
        reason_ = record->completeness.reason();
        std::ranges::copy(record->completeness.missing(), std::back_inserter(missing_));
      }
    }
    return ok();
  }

  void gap(std::string reason, std::string missing) {
    reason_ = std::move(reason);
    missing_.push_back(std::move(missing));
  }

  /// The artifacts of one location: by version, those registered first, in their order.
  Status take(const Gdm& gdm, const SourceLocation& location) {
    std::vector<KnownArtifact> all;
    std::map<Digest, std::size_t> place;
    for (const auto& [source, file] : gdm.locks) {
      if (source.location == location) {
        for (const auto& registration : file.registrations) {
          place.emplace(registration.digest, all.size());
          all.push_back(known(source, registration));
        }
      }
    }
    for (const auto& indexed : SOUS_TRY(node_.index.find(location, filter_.version))) {
      const auto [at, is_new] = place.emplace(indexed.image.artifact.digest, all.size());
      if (is_new) {
        all.push_back(known(indexed));
        continue;
      }
      auto& names = all[at->second].names;
      for (const auto& repository : indexed.repositories) {
        if (std::ranges::find(names, repository) == names.end()) {
          names.push_back(repository);
        }
      }
    }
    std::ranges::stable_sort(all, {}, [](const KnownArtifact& artifact) {
      return std::tuple(artifact.source.version, !artifact.registered);
    });
    for (auto& artifact : all) {
      if (is_meant(artifact) && SOUS_TRY(has_labels(artifact))) {
        report_.artifacts.push_back(std::move(artifact));
      }
    }
    return ok();
  }

  bool is_meant(const KnownArtifact& artifact) const {
    return (!filter_.version || artifact.source.version == *filter_.version) &&
           (!filter_.range || filter_.range->contains(artifact.source.version)) &&
           (!filter_.revision || artifact.revision.str().starts_with(*filter_.revision)) &&
           (!filter_.digest || artifact.digest == *filter_.digest);
  }

  Result<bool> has_labels(const KnownArtifact& artifact) {
    if (filter_.labels.empty()) {
      return true;
    }
    auto facts = SOUS_TRY(node_.index.facts(artifact.digest));
    const auto lacks = [&](const LabelMatch& match) { return !facts || !has_label(*facts, match); };
    if (std::ranges::any_of(filter_.labels, lacks) && (!facts || !facts->labels)) {
      facts = SOUS_TRY(whole_facts(artifact));
    }
    return std::ranges::none_of(filter_.labels, lacks);
  }

  /// The facts with the labels of the config; a gap where they cannot be had now.
  Result<std::optional<ImageFacts>> whole_facts(const KnownArtifact& artifact) {
    if (!query_.scan || artifact.names.empty()) {
      ++unread_labels_;
      return std::optional<ImageFacts>();
    }
    auto read = SOUS_TRY(read_whole_facts(node_, {artifact.names.front(), artifact.digest}, call_));
    if (!read.facts) {
      gap(read.facts.error().text(), "the labels of image " + artifact.digest.str());
      return std::optional<ImageFacts>();
    }
    const std::vector<ImageFacts> facts{std::move(*read.facts)};
    SOUS_TRY_VOID(node_.index.put_facts(
        facts, {artifact.names.front(), "manifest and config by digest", node_.clock.wall()}));
    return std::optional(facts.front());
  }

  Node& node_;
  const ArtifactQuery& query_;
  const ArtifactFilter& filter_;
  const Call& call_;
  ArtifactReport report_;
  std::size_t unread_labels_ = 0;
  std::string reason_;
  std::vector<std::string> missing_;
};

}  // namespace

Result<ArtifactReport> query_artifacts(Node& node, const ArtifactQuery& query, const Call& call) {
  return Query(node, query, call).run();
}

}  // namespace sous::app
