#include "cli/json_views.h"

#include <algorithm>
#include <utility>

#include "cli/wording.h"
#include "codec/given_record.h"

namespace sous::cli {
namespace {

using codec::Json;

/// `items` as an array of what `view` makes of each.
template <typename Items, typename View>
Json list(const Items& items, const View& view) {
  Json out = Json::array();
  for (const auto& item : items) {
    out.push(view(item));
  }
  return out;
}

Json image_json(const std::optional<ImageByDigest>& image) {
  return image ? Json(image->str()) : Json();
}

Json revision_json(const std::optional<Revision>& revision) {
  return revision ? Json(revision->str()) : Json();
}

std::string_view lock_state(const Lock& lock) {
  return lock.state == Lock::State::final_ ? "final" : "provisional";
}

Json candidate_json(const Candidate& candidate) {
  const Artifact& artifact = candidate.artifact;
  Json out = Json::object();
  out.set("digest", artifact.digest.str());
  out.set("image",
          artifact.repositories.empty()
              ? Json()
              : Json(ImageByDigest{artifact.repositories.front(), artifact.digest}.str()));
  out.set("revision", artifact.revision.str());
  out.set("advisories", advisories_json(artifact.advisories));
  out.set("built_at", time_json(artifact.built_at));
  out.set("registered", candidate.registration.has_value());
  out.set("rank", candidate.rank == 0 ? Json() : Json(candidate.rank));
  out.set("reason", candidate.reason);
  return out;
}

Json superseded_json(const SupersededLock& superseded) {
  Json out = Json::object();
  out.set("digest", superseded.lock.digest.str());
  out.set("state", lock_state(superseded.lock));
  out.set("revision", superseded.lock.revision.str());
  out.set("ended", deed_json(superseded.ended));
  return out;
}

Json one_lock_json(const Lock& lock, const LockFile& file) {
  Json out = Json::object();
  out.set("digest", lock.digest.str());
  out.set("state", lock_state(lock));
  out.set("revision", lock.revision.str());
  out.set("when", format_rfc3339(lock.made.when));
  out.set("who", lock.made.who);
  out.set("evidence", text_or_null(lock.evidence));
  out.set("superseded", list(file.superseded, superseded_json));
  return out;
}

/// The lock that matters for a decision: the final one, else that of the chosen revision.
const Lock* lock_for(const Decision& decision, const LockFile* file) {
  if (file == nullptr) {
    return nullptr;
  }
  if (const Lock* lock = file->final_lock()) {
    return lock;
  }
  const auto* decided = std::get_if<Decided>(&decision.verdict);
  return decided != nullptr ? file->lock_of(decided->revision) : nullptr;
}

Json difference_json(const FieldDifference& difference) {
  Json out = Json::object();
  out.set("field", difference.field);
  out.set("from", difference.from);
  out.set("to", difference.to);
  return out;
}

Json action_json(const Action& action) {
  Json out = Json::object();
  out.set("manifest", action.id.manifest.str());
  out.set("cluster", action.id.cluster.str());
  out.set("action", action_text(action.kind));
  out.set("version", action.version.canonical());
  out.set("from_digest", digest_json(action.from));
  out.set("to_digest", digest_json(action.target()));
  out.set("reason", action.reason);
  out.set("differences", list(action.differences, difference_json));
  out.set("alarms", texts_json(action.alarms));
  Json precondition = Json::object();
  precondition.set("manifest_revision", text_or_null(action.precondition.manifest_revision.str()));
  precondition.set("lock_revision", text_or_null(action.precondition.lock_revision.str()));
  precondition.set("generation", action.precondition.generation);
  precondition.set("observed_digest", digest_json(action.precondition.observed_digest));
  out.set("precondition", std::move(precondition));
  return out;
}

Json operation_json(const Operation& operation) {
  Json out = Json::object();
  out.set("id", text_or_null(operation.id));
  out.set("manifest", operation.deployment.manifest.str());
  out.set("cluster", operation.deployment.cluster.str());
  out.set("version", operation.version.canonical());
  out.set("digest", digest_json(operation.digest));
  out.set("state", operation_state_text(operation.state));
  out.set("reason", operation.reason);
  out.set("link", text_or_null(operation.link));
  return out;
}

Json recorded_json(const OperationRecord& record) {
  Json out = operation_json(record.operation);
  out.set("generation", record.operation.generation);
  out.set("who", record.who);
  out.set("started_at", format_rfc3339(record.started));
  out.set("updated_at", format_rfc3339(record.updated));
  out.set("cancelled", record.cancelled ? deed_json(*record.cancelled) : Json());
  out.set("last_log_lines", texts_json(record.operation.last_log_lines));
  return out;
}

Json hold_json(const Hold& hold) {
  Json out = deed_json(hold.held);
  out.set("until", time_json(hold.until));
  return out;
}

Json one_given_json(const GivenRecord& record) {
  const GivenEntry& current = record.current();
  Json out = Json::object();
  out.set("manifest", record.deployment.manifest.str());
  out.set("cluster", record.deployment.cluster.str());
  out.set("generation", current.generation);
  out.set("version", current.version.canonical());
  out.set("digest", current.image.digest.str());
  out.set("outcome", codec::outcome_text(current.outcome));
  out.set("outcome_reason", text_or_null(current.outcome_reason));
  out.set("hold", record.hold ? hold_json(*record.hold) : Json());
  return out;
}

Json intended_json(const app::IntendedDeployment& intended) {
  const Deployment& deployment = intended.deployment;
  Json out = Json::object();
  out.set("manifest", deployment.id.manifest.str());
  out.set("cluster", deployment.id.cluster.str());
  out.set("version", deployment.spec.version.str());
  out.set("instances", deployment.spec.num_instances);
  out.set("owners", list(deployment.owners, [](const std::string& owner) { return Json(owner); }));
  out.set("kind", kind_text(deployment.kind));
  out.set("given_digest", digest_json(intended.given));
  out.set("locked_digest", digest_json(intended.locked));
  return out;
}

Json running_json(const app::RunningDeployment& running) {
  const ObservedDeployment& seen = running.observed;
  Json out = Json::object();
  out.set("manifest", seen.id.manifest.str());
  out.set("cluster", seen.id.cluster.str());
  out.set("version", seen.source ? Json(seen.source->version.canonical()) : Json());
  out.set("revision", revision_json(seen.revision));
  out.set("given_digest", digest_json(running.given));
  out.set("running_digest", digest_json(seen.running));
  out.set("image", image_json(seen.asked));
  out.set("addresses", texts_json(seen.addresses));
  out.set("state", health_text(seen.health));
  out.set("instances", seen.instances);
  out.set("alarms", texts_json(running.alarms));
  out.set("link", text_or_null(seen.link));
  return out;
}

Json artifact_json(const app::KnownArtifact& known) {
  Json out = Json::object();
  out.set("digest", known.digest.str());
  out.set(
      "image",
      known.names.empty() ? Json() : Json(ImageByDigest{known.names.front(), known.digest}.str()));
  out.set("source_id", source_json(known.source, known.revision));
  out.set("advisories", advisories_json(known.advisories));
  out.set("built_at", time_json(known.built_at));
  out.set("first_seen", time_json(known.first_seen));
  out.set("registered", known.registered);
  out.set("names", list(known.names, [](const ImageRepository& name) { return Json(name.str()); }));
  return out;
}

Json scan_json(const ScanRecord& scan) {
  Json out = Json::object();
  out.set("repository", scan.repository.str());
  out.set("started_at", format_rfc3339(scan.started_at));
  out.set("finished_at", format_rfc3339(scan.finished_at));
  out.set("completeness", completeness_json(scan.completeness));
  out.set("missing", texts_json(scan.completeness.missing()));
  out.set("tags", scan.tags);
  out.set("requests", scan.requests);
  out.set("saved", scan.saved);
  return out;
}

}  // namespace

Json document() {
  Json out = Json::object();
  out.set("format", 1);
  return out;
}

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

Json texts_json(std::span<const std::string> texts) {
  return list(texts, [](const std::string& text) { return Json(text); });
}

Json advisories_json(const Advisories& advisories) {
  return list(advisories.texts(), [](const std::string& text) { return Json(text); });
}

Json time_json(const std::optional<WallTime>& time) {
  return time ? Json(format_rfc3339(*time)) : Json();
}

Json digest_json(const std::optional<Digest>& digest) {
  return digest ? Json(digest->str()) : Json();
}

Json source_json(const SourceId& source, const std::optional<Revision>& revision) {
  Json out = Json::object();
  out.set("repo", source.location.repo());
  out.set("offset", source.location.offset());
  out.set("version", source.version.canonical());
  out.set("revision", revision_json(revision));
  return out;
}

Json completeness_json(const Completeness& completeness) {
  return completeness.is_complete() ? "complete" : "partial";
}

Json deed_json(const Deed& deed) {
  Json out = Json::object();
  out.set("who", deed.who);
  out.set("when", format_rfc3339(deed.when));
  out.set("why", deed.why);
  return out;
}

Json error_json(const Error& error) {
  Json inner = Json::object();
  inner.set("code", code_name(error.code()));
  inner.set("message", error.text());
  inner.set("hint", text_or_null(error.hint()));
  inner.set("details", texts_json(error.details()));
  Json out = document();
  out.set("error", std::move(inner));
  return out;
}

namespace {

Json tags_json(const std::vector<ImageTag>& tags) {
  return list(tags, [](const ImageTag& tag) { return Json(tag.str()); });
}

Json product_json(const app::BuiltProduct& product) {
  Json out = Json::object();
  out.set("offset", product.source.location.offset());
  out.set("kind", text_or_null(product.kind));
  out.set("digest", product.image.digest.str());
  out.set("image", product.image.str());
  out.set("tags", tags_json(product.tags));
  out.set("advisories", advisories_json(product.advisories));
  out.set("rebuilt", product.rebuild_of.has_value());
  out.set("pending", text_or_null(product.pending));
  return out;
}

}  // namespace

Json build_json(const app::BuildReport& report) {
  const app::BuiltProduct& main = report.main();
  Json out = document();
  out.set("source_id", source_json(main.source, report.revision));
  out.set("digest", main.image.digest.str());
  out.set("image", main.image.str());
  out.set("tags", tags_json(main.tags));
  out.set("advisories", advisories_json(main.advisories));
  out.set("rebuilt", main.rebuild_of.has_value());
  out.set("identical", main.identical);
  out.set("difference", text_or_null(main.difference));
  Json canonical;
  if (main.canonical) {
    canonical.set("digest", main.canonical->digest.str());
    canonical.set("image", main.canonical->str());
  }
  out.set("canonical", std::move(canonical));
  out.set("pending", text_or_null(main.pending));
  out.set("products", list(report.products, product_json));
  return out;
}

Json why_json(const Decision& decision, const LockFile* file) {
  const auto* decided = std::get_if<Decided>(&decision.verdict);
  const auto* undecided = std::get_if<Undecided>(&decision.verdict);
  Json out = document();
  out.set("repo", decision.source.location.repo());
  out.set("offset", decision.source.location.offset());
  out.set("version", decision.source.version.canonical());
  out.set("wanted_revision", decision.wanted_revision);
  out.set("decision", decided != nullptr ? "decided" : "undecided");
  out.set("digest", decided != nullptr ? Json(decided->image.digest.str()) : Json());
  out.set("image", decided != nullptr ? Json(decided->image.str()) : Json());
  out.set("rule", decided != nullptr ? Json(rule_text(decided->rule)) : Json());
  out.set("reason", verdict_reason(decision));
  out.set("candidates", list(decision.candidates, candidate_json));
  const Lock* lock = lock_for(decision, file);
  out.set("lock", lock != nullptr ? one_lock_json(*lock, *file) : Json());
  out.set("missing", undecided != nullptr ? texts_json(undecided->missing) : Json::array());
  return out;
}

Json plan_json(const Plan& plan, std::span<const app::SilentCluster> silent) {
  Json out = document();
  out.set("gdm_revision", plan.gdm_revision);
  out.set("observed_at", format_rfc3339(plan.observed_at));
  out.set("actions", list(plan.actions, action_json));
  out.set("clusters", list(plan.clusters, [&](const ClusterStatus& cluster) {
            Json one = Json::object();
            one.set("name", cluster.name.str());
            one.set("completeness", completeness_json(cluster.completeness));
            const auto found = std::ranges::find(silent, cluster.name, &app::SilentCluster::name);
            one.set("error",
                    found == silent.end() ? text_or_null(cluster.completeness.reason())
                                          : Json(found->error.text()));
            return one;
          }));
  Json summary = Json::object();
  for (const auto& [kind, count] : plan.counts()) {
    summary.set(action_text(kind), count);
  }
  out.set("summary", std::move(summary));
  return out;
}

Json operations_json(std::span<const Operation> operations) {
  Json out = document();
  out.set("operations", list(operations, operation_json));
  return out;
}

Json operation_record_json(const OperationRecord& record) {
  Json out = document();
  out.set("operation", recorded_json(record));
  return out;
}

Json operation_records_json(std::span<const OperationRecord> records) {
  Json out = document();
  out.set("operations", list(records, recorded_json));
  return out;
}

Json given_json(std::span<const GivenRecord> records) {
  Json out = document();
  out.set("deployments", list(records, one_given_json));
  return out;
}

Json gdm_json(const std::string& revision, std::span<const app::IntendedDeployment> deployments) {
  Json out = document();
  out.set("revision", revision);
  out.set("deployments", list(deployments, intended_json));
  return out;
}

Json ads_json(const app::AdsReport& report) {
  Json out = document();
  out.set("deployments", list(report.deployments, running_json));
  Json clusters = list(report.seen, [](const Observation& seen) {
    Json one = Json::object();
    one.set("name", seen.cluster.str());
    one.set("completeness", completeness_json(seen.completeness));
    one.set("observed_at", format_rfc3339(seen.observed_at));
    one.set("error", text_or_null(seen.completeness.reason()));
    return one;
  });
  for (const auto& silent : report.silent) {
    Json one = Json::object();
    one.set("name", silent.name.str());
    one.set("completeness", "partial");
    one.set("observed_at", Json());
    one.set("error", silent.error.text());
    clusters.push(std::move(one));
  }
  out.set("clusters", std::move(clusters));
  return out;
}

Json artifacts_json(const app::ArtifactReport& report) {
  Json out = document();
  out.set("artifacts", list(report.artifacts, artifact_json));
  out.set("completeness", completeness_json(report.completeness));
  out.set("missing", texts_json(report.completeness.missing()));
  return out;
}

Json clusters_json(const Definitions& definitions) {
  Json out = document();
  out.set("clusters", list(definitions.clusters, [](const auto& entry) {
            const ClusterDefinition& cluster = entry.second;
            Json one = Json::object();
            one.set("name", cluster.name.str());
            one.set("kind", cluster.kind);
            one.set("base_url", cluster.base_url);
            one.set("allowed_advisories", advisories_json(cluster.allowed_advisories));
            one.set("registry", cluster.registry);
            one.set("machine_id", cluster.machine_id);
            return one;
          }));
  return out;
}

namespace {

Json lock_file_fields(Json out, const LockFile& file) {
  out.set("repo", file.source.location.repo());
  out.set("offset", file.source.location.offset());
  out.set("version", file.source.version.canonical());
  out.set("locks", list(file.locks, [&](const Lock& lock) { return one_lock_json(lock, file); }));
  return out;
}

}  // namespace

Json lock_json(const LockFile& file) {
  Json out = lock_file_fields(document(), file);
  out.set(
      "registrations", list(file.registrations, [](const Registration& registration) {
        Json one = Json::object();
        one.set("digest", registration.digest.str());
        one.set("revision", registration.revision.str());
        one.set("advisories", advisories_json(registration.advisories));
        one.set("images", list(registration.images, [](const ImageRepository& repository) {
                  return Json(repository.str());
                }));
        one.set("origin", registration.origin == Registration::Origin::built ? "built" : "added");
        one.set("built_at", time_json(registration.built_at));
        one.set("rebuild_of", digest_json(registration.rebuild_of));
        one.set("registered", deed_json(registration.registered));
        one.set("withdrawn", registration.withdrawn ? deed_json(*registration.withdrawn) : Json());
        one.set("ended_withdrawals",
                list(registration.ended_withdrawals, [](const EndedWithdrawal& ended) {
                  Json both = Json::object();
                  both.set("withdrawn", deed_json(ended.withdrawn));
                  both.set("restored", deed_json(ended.restored));
                  return both;
                }));
        return one;
      }));
  return out;
}

Json locks_json(std::span<const LockFile* const> files) {
  Json out = document();
  out.set("locks", list(files, [](const LockFile* file) {
            return lock_file_fields(Json::object(), *file);
          }));
  return out;
}

Json scans_json(std::span<const ScanRecord> scans) {
  Json out = document();
  out.set("scans", list(scans, scan_json));
  return out;
}

Json verify_json(const app::VerifyReport& report) {
  Json out = document();
  out.set("tags", report.tags);
  out.set("images", report.images);
  out.set("contradictions", list(report.contradictions, [](const app::Contradiction& found) {
            Json one = Json::object();
            one.set("image", found.image.str());
            one.set("fields", texts_json(found.fields));
            return one;
          }));
  out.set("moved", list(report.moved, [](const app::MovedTag& moved) {
            Json one = Json::object();
            one.set("repository", moved.repository.str());
            one.set("tag", moved.tag.str());
            one.set("known_digest", moved.known.str());
            one.set("digest", digest_json(moved.now));
            return one;
          }));
  out.set("gone", list(report.gone, [](const ImageByDigest& image) { return Json(image.str()); }));
  out.set("completeness", completeness_json(report.completeness));
  out.set("missing", texts_json(report.completeness.missing()));
  out.set("requests", report.requests);
  return out;
}

Json context_json(const app::SourceReading& reading) {
  const auto& context = reading.context;
  Json out = document();
  out.set("source_id", source_json(context.source, context.revision));
  out.set("tag", text_or_null(context.tag));
  out.set("branch", text_or_null(reading.facts.branch));
  out.set("root", reading.facts.root);
  out.set("remote_url", text_or_null(context.remote_url));
  out.set("advisories", advisories_json(context.advisories));
  out.set("notes", texts_json(context.notes));
  return out;
}

Json init_json(const app::InitReport& report, bool written) {
  Json out = document();
  out.set("manifest", report.manifest.str());
  out.set("path", report.path);
  out.set("clusters",
          list(report.clusters, [](const ClusterName& name) { return Json(name.str()); }));
  out.set("written", written);
  out.set("text", report.text);
  return out;
}

}  // namespace sous::cli
