#include "cli/image_texts.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "cli/wording.h"

namespace sous::cli {
namespace {

std::string field(std::string_view name, std::string_view value) {
  return fmt::format("  {:<12} {}\n", name, value);
}

std::string joined(const Advisories& advisories) {
  std::string out;
  for (const auto& text : advisories.texts()) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out.empty() ? "none" : out;
}

std::string_view state_of(const Lock& lock) {
  return lock.state == Lock::State::final_ ? "final" : "provisional";
}

std::string by(const Deed& deed) { return fmt::format("{}, {}", deed.who, moment(deed.when)); }

std::string headline(const Decision& decision, const Style& style) {
  std::string subject = decision.source.location.str() + " " + decision.source.version.str();
  if (decision.wanted_revision) {
    subject += fmt::format(" at revision {:.12}", *decision.wanted_revision);
  }
  if (const auto* decided = std::get_if<Decided>(&decision.verdict)) {
    return fmt::format(
        "{}\n{}\n",
        style.good(fmt::format("{} is decided", subject)),
        field("image", decided->image.str()) + field("revision", decided->revision.str()) +
            field("rule",
                  fmt::format("{} ({})", rule_in_words(decided->rule), rule_text(decided->rule))) +
            field("reason", decided->reason));
  }
  const std::string_view outcome =
      std::holds_alternative<NoImage>(decision.verdict)           ? "has no image"
      : std::holds_alternative<LockedElsewhere>(decision.verdict) ? "is another revision's version"
                                                                  : "is undecided";
  std::string out = style.bad(fmt::format("{} {}", subject, outcome)) + "\n" +
                    field("reason", verdict_reason(decision));
  if (const auto* undecided = std::get_if<Undecided>(&decision.verdict)) {
    for (const auto& missing : undecided->missing) {
      out += field("missing", missing);
    }
  }
  return out + "\n";
}

std::string candidate_text(const Candidate& candidate, const Style& style) {
  const Artifact& artifact = candidate.artifact;
  std::string out =
      fmt::format("  {:>3}  {}  revision {}  {}{}\n",
                  candidate.rank == 0 ? "-" : fmt::format("{}.", candidate.rank),
                  style.bold(artifact.digest.short_hex()),
                  artifact.revision.short_hex(),
                  candidate.registration ? "registered" : "found in the registry",
                  artifact.built_at ? fmt::format(", built {}", moment(*artifact.built_at)) : "");
  out += fmt::format("       {}\n", candidate.reason);
  out += fmt::format("       advisories: {}\n", joined(artifact.advisories));
  for (const auto& repository : artifact.repositories) {
    out += fmt::format("       in {}\n", repository.str());
  }
  return out;
}

std::string locks_of(const LockFile* file) {
  if (file == nullptr || (file->locks.empty() && file->superseded.empty())) {
    return field("lock", "none yet");
  }
  std::string out;
  for (const Lock& lock : file->locks) {
    out += field("lock",
                 fmt::format("{} on {}, revision {}: {}",
                             state_of(lock),
                             lock.digest.short_hex(),
                             lock.revision.short_hex(),
                             by(lock.made)));
    if (!lock.made.why.empty()) {
      out += field("", lock.made.why);
    }
    if (!lock.evidence.empty()) {
      out += field("", lock.evidence);
    }
  }
  for (const auto& superseded : file->superseded) {
    out += field("was locked",
                 fmt::format("{} until {}: {}",
                             superseded.lock.digest.short_hex(),
                             by(superseded.ended),
                             superseded.ended.why));
  }
  return out;
}

std::string registrations_of(const Decision& decision, const LockFile* file) {
  if (file == nullptr) {
    return field("registered", "nothing");
  }
  std::string out;
  for (const auto& candidate : decision.candidates) {
    if (candidate.registration && *candidate.registration < file->registrations.size()) {
      const auto& registration = file->registrations[*candidate.registration];
      out += field(
          "registered",
          fmt::format("{} by {}", registration.digest.short_hex(), by(registration.registered)));
    }
  }
  return out;
}

}  // namespace

std::string why_text(const Decision& decision, const LockFile* file, const Style& style) {
  std::string out = headline(decision, style);
  out += style.bold("Candidates") + "\n";
  if (decision.candidates.empty()) {
    out += "  none\n";
  }
  for (const auto& candidate : decision.candidates) {
    out += candidate_text(candidate, style);
  }
  out += "\n" + style.bold("Evidence") + "\n" + locks_of(file) + registrations_of(decision, file);
  out += "\n" + style.bold("What would change this") + "\n";
  for (const auto& change : what_would_change(decision, file)) {
    out += fmt::format("  - {}\n", change);
  }
  return out;
}

namespace {

std::string joined(const std::vector<ImageTag>& tags) {
  std::string out;
  for (const auto& tag : tags) {
    out += (out.empty() ? "" : ", ") + tag.str();
  }
  return out.empty() ? "none" : out;
}

std::string comparison_text(const app::BuiltProduct& product) {
  if (!product.identical) {
    return ", which cannot be compared now";
  }
  return *product.identical ? ", identical" : ": differs in " + product.difference;
}

std::string product_text(const app::BuiltProduct& product,
                         const Revision& revision,
                         const Style& style) {
  const std::string what = fmt::format("{} {}{}{}",
                                       product.source.location.str(),
                                       product.source.version.str(),
                                       product.kind.empty() ? "" : ", kind ",
                                       product.kind);
  std::string out = (product.pending.empty() ? style.good(what + " is built")
                                             : style.doubtful(what + " is built, but pending")) +
                    "\n";
  out += field("image", product.image.str());
  out += field("revision", revision.str());
  out += field("tags", joined(product.tags));
  out += field("advisories", joined(product.advisories));
  if (product.rebuild_of) {
    out += field("rebuild of", product.rebuild_of->str() + comparison_text(product));
  }
  if (product.canonical && product.canonical->digest != product.image.digest) {
    out += field("the version", "stays " + product.canonical->str());
  }
  if (!product.pending.empty()) {
    out += field("pending", product.pending);
    out += field("next", "any command goes on with it: it is kept on this machine");
  }
  return out;
}

}  // namespace

std::string build_text(const app::BuildReport& report, const Style& style) {
  std::string out;
  for (const auto& product : report.products) {
    out += product_text(product, report.revision, style);
  }
  return out;
}

std::string build_warning(const app::BuildReport& report) {
  std::string out;
  for (const auto& product : report.products) {
    for (const auto advisory : {KnownAdvisory::dirty_workspace,
                                KnownAdvisory::unpushed_revision,
                                KnownAdvisory::no_repository,
                                KnownAdvisory::requested_revision_not_built}) {
      if (product.advisories.contains(advisory)) {
        out += fmt::format("\n  {}: {}", product.source.str(), advisory_text(advisory));
      }
    }
  }
  return out.empty() ? out : "build may not be deployable in all clusters due to advisories:" + out;
}

std::string pending_text(const app::PendingOutcome& outcome) {
  const std::string what = fmt::format("the build of {}{}{} that was kept here",
                                       outcome.source.str(),
                                       outcome.kind.empty() ? "" : ", kind ",
                                       outcome.kind);
  switch (outcome.state) {
    case app::PendingOutcome::State::finished:
      return fmt::format("{} is registered now{}: {}, tags {}",
                         what,
                         outcome.rebuild_of ? " as a rebuild" : "",
                         outcome.image ? outcome.image->str() : "",
                         joined(outcome.tags));
    case app::PendingOutcome::State::waiting:
      return fmt::format("{} still waits: {}", what, outcome.why);
    case app::PendingOutcome::State::refused:
      return fmt::format("{} is given up: {}", what, outcome.why);
  }
  return what;
}

std::string artifacts_text(const app::ArtifactReport& report, const Style& style) {
  Table table(
      {"VERSION", "DIGEST", "REVISION", "ADVISORIES", "BUILT (UTC)", "REGISTERED", "IMAGE"});
  for (const auto& artifact : report.artifacts) {
    const std::string_view registered = artifact.withdrawn    ? "withdrawn"
                                        : artifact.registered ? "yes"
                                                              : "no";
    table.add({artifact.source.version.canonical(),
               artifact.digest.short_hex(),
               artifact.revision.short_hex(),
               joined(artifact.advisories),
               artifact.built_at ? short_moment(*artifact.built_at) : "-",
               std::string(registered),
               artifact.names.empty() ? "-" : artifact.names.front().str()});
  }
  std::string out = table.empty() ? "No artifacts are known.\n" : table.render(style);
  if (!report.completeness.is_complete()) {
    out += style.doubtful("This may not be all:") + " " + report.completeness.reason() + "\n";
    for (const auto& missing : report.completeness.missing()) {
      out += fmt::format("  {}\n", missing);
    }
  }
  return out;
}

std::string lock_text(const LockFile& file, const Style& style) {
  std::string out =
      style.bold(fmt::format("{} {}", file.source.location.str(), file.source.version.str())) +
      "\n" + locks_of(&file);
  Table table({"DIGEST", "REVISION", "ADVISORIES", "REGISTERED BY", "WHEN (UTC)", "STATE"});
  for (const auto& registration : file.registrations) {
    table.add({registration.digest.short_hex(),
               registration.revision.short_hex(),
               joined(registration.advisories),
               registration.registered.who,
               short_moment(registration.registered.when),
               registration.withdrawn ? "withdrawn: " + registration.withdrawn->why : "candidate"});
  }
  return table.empty() ? out : out + "\n" + table.render(style);
}

std::string locks_text(std::span<const LockFile* const> files, const Style& style) {
  Table table({"LOCATION", "VERSION", "STATE", "DIGEST", "REVISION", "WHO", "WHEN (UTC)"});
  for (const LockFile* file : files) {
    for (const Lock& lock : file->locks) {
      table.add({file->source.location.str(),
                 file->source.version.canonical(),
                 std::string(state_of(lock)),
                 lock.digest.short_hex(),
                 lock.revision.short_hex(),
                 lock.made.who,
                 short_moment(lock.made.when)});
    }
  }
  return table.empty() ? "There are no locks yet.\n" : table.render(style);
}

std::string scans_text(std::span<const ScanRecord> scans, const Style& style) {
  Table table({"REPOSITORY", "READ AT (UTC)", "TAGS", "REQUESTS", "SAVED", "RESULT"});
  for (const auto& scan : scans) {
    table.add(
        {scan.repository.str(),
         short_moment(scan.finished_at),
         fmt::format("{}", scan.tags),
         fmt::format("{}", scan.requests),
         fmt::format("{}", scan.saved),
         scan.completeness.is_complete() ? "complete" : "partial: " + scan.completeness.reason()});
  }
  return table.empty() ? "No repository was read yet.\n" : table.render(style);
}

std::string verify_text(const app::VerifyReport& report, const Style& style) {
  const bool whole = report.completeness.is_complete();
  std::string out = fmt::format("{} tags asked, {} images read again with {} requests: {}\n",
                                report.tags,
                                report.images,
                                report.requests,
                                !report.contradictions.empty() ? style.bad("the index is wrong")
                                : whole                        ? style.good("the index is right")
                                        : style.doubtful("as far as could be read, it is right"));
  for (const auto& found : report.contradictions) {
    std::string fields;
    for (const auto& name : found.fields) {
      fields += (fields.empty() ? "" : ", ") + name;
    }
    out += field("contradicts", fmt::format("{}: {}", found.image.str(), fields));
  }
  for (const auto& moved : report.moved) {
    out += field("moved",
                 fmt::format("{}:{} from {} to {}",
                             moved.repository.str(),
                             moved.tag.str(),
                             moved.known.short_hex(),
                             moved.now ? moved.now->short_hex() : "nothing"));
  }
  for (const auto& image : report.gone) {
    out += field("gone", image.str());
  }
  for (const auto& missing : report.completeness.missing()) {
    out += field("unread", missing);
  }
  if (!report.contradictions.empty()) {
    out +=
        "Remove the index (`sous config` shows where it is); it costs requests, never a change.\n";
  } else if (!report.moved.empty()) {
    out += "`sous index scan -deep` reads what has moved.\n";
  }
  return out;
}

std::string context_text(const app::SourceReading& reading, const Style& style) {
  const auto& context = reading.context;
  std::string out = style.bold(context.source.location.str()) + "\n";
  out += field("version", context.source.version.str());
  out += field("revision", context.revision ? context.revision->str() : "none");
  out += field("tag", context.tag.empty() ? "none" : context.tag);
  out += field("branch", reading.facts.branch.empty() ? "none" : reading.facts.branch);
  out += field("remote", context.remote_url.empty() ? "none" : context.remote_url);
  out += field("advisories", joined(context.advisories));
  for (const auto& note : context.notes) {
    out += field("note", note);
  }
  return out;
}

}  // namespace sous::cli
