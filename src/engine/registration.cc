#include "engine/registration.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/ranking.h"

namespace sous::engine {
namespace {

bool is_dirty(const Advisories& advisories) {
  return advisories.contains(KnownAdvisory::dirty_workspace);
}

/// Registered images whose revision the version's tag can be taken to name.
bool stands_for_its_revision(const Registration& registration) {
  return !registration.withdrawn && !is_off_tag(registration.advisories);
}

/// Whether a build can be the same again. What a dirty one holds is not its revision's content, so
/// it repeats only what has the same layers.
template <typename Known>
bool may_repeat(const NewBuild& build, const Known& known) {
  return known.revision == build.revision &&
         (!is_dirty(build.advisories) || (known.layers && known.layers == build.layers));
}

bool ranks_at_or_above(const RankKey& known, const Advisories& build) {
  return std::pair{known.advisories, known.off_tag} <= std::pair{build.size(), is_off_tag(build)};
}

/// The best of the registrations that `admits`.
template <typename Admits>
std::optional<RankKey> best_registered(const LockFile& file, Admits admits) {
  std::optional<RankKey> best;
  const auto keys = registered_keys(file);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] && admits(file.registrations[i]) && (!best || compare(*keys[i], *best) < 0)) {
      best = keys[i];
    }
  }
  return best;
}

std::optional<RankKey> best_repeated(const NewBuild& build, const LockFile& file) {
  return best_registered(file, [&](const Registration& known) { return may_repeat(build, known); });
}

std::optional<RankKey> best_repeated(const NewBuild& build, std::span<const Artifact> found) {
  std::optional<RankKey> best;
  for (const Artifact& known : found) {
    if (!may_repeat(build, known) || why_no_candidate(known.advisories, std::nullopt)) {
      continue;
    }
    const RankKey key = unregistered_key(known);
    if (!best || compare(key, *best) < 0) {
      best = key;
    }
  }
  return best;
}

void supersede(LockFile& file, std::size_t at, const Deed& deed) {
  file.superseded.push_back({file.locks[at], deed});
  file.locks.erase(file.locks.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Puts in place the lock that the registrations of a revision ask for.
void relock(LockFile& file, const Revision& revision, const Deed& deed, bool from_complete_scans) {
  if (file.final_lock() != nullptr) {
    return;
  }
  const auto best =
      best_registered(file, [&](const Registration& known) { return known.revision == revision; });
  if (!best) {
    return;
  }
  const Registration& chosen = *file.registration_of(best->digest);
  const bool own_build = chosen.origin == Registration::Origin::built;
  const bool is_final = chosen.advisories.empty() && (own_build || from_complete_scans);
  const Lock lock{.digest = best->digest,
                  .revision = revision,
                  .state = is_final ? Lock::State::final_ : Lock::State::provisional,
                  .made = deed,
                  .evidence = from_complete_scans ? "chosen from complete scans" : "registrations"};
  for (std::size_t i = file.locks.size(); i-- > 0;) {
    const Lock& old = file.locks[i];
    if (old.revision == revision && old.digest == lock.digest && old.state == lock.state) {
      return;
    }
    // A final lock speaks for the whole version, whatever other revisions were tried before it.
    if (old.revision == revision || is_final) {
      const auto why = old.digest == lock.digest
                           ? std::string("the same image is locked for good")
                           : fmt::format("image {} ranks higher", lock.digest.short_hex());
      supersede(file, i, {deed.who, deed.when, why});
    }
  }
  file.locks.push_back(lock);
}

Result<std::size_t> place_of(const LockFile& file, const Digest& digest) {
  const auto found = std::ranges::find(file.registrations, digest, &Registration::digest);
  if (found == file.registrations.end()) {
    return Error(Code::not_found,
                 fmt::format("image {} is not registered for {}", digest.str(), file.source.str()));
  }
  return static_cast<std::size_t>(found - file.registrations.begin());
}

}  // namespace

bool stands_for_another_revision(const LockFile& file, const Revision& revision) {
  return std::ranges::any_of(file.registrations, [&](const Registration& known) {
    return known.revision != revision && stands_for_its_revision(known);
  });
}

Registration registration_of(const Artifact& artifact, Deed registered) {
  return {.digest = artifact.digest,
          .revision = artifact.revision,
          .advisories = artifact.advisories,
          .images = artifact.repositories,
          .kind = {},
          .origin = Registration::Origin::built,
          .built_at = artifact.built_at,
          .layers = artifact.layers,
          .config_digest = artifact.config_digest,
          .rebuild_of = artifact.rebuild_of,
          .remote_url = {},
          .registered = std::move(registered),
          .withdrawn = {}};
}

Result<BuildJudgement> judge_build(const NewBuild& build,
                                   const LockFile* file,
                                   std::span<const Artifact> found,
                                   const Completeness& scanned) {
  BuildJudgement out;
  const bool registered = file != nullptr && !file->registrations.empty();
  if (const Lock* lock = file != nullptr ? file->final_lock() : nullptr;
      lock != nullptr && lock->revision != build.revision && !build.anyway) {
    return Error(Code::blocked,
                 fmt::format("version {} is locked for good to revision {}, and this is {}",
                             build.source.version.canonical(),
                             lock->revision.short_hex(),
                             build.revision.short_hex()))
        .hinted("make a new version, or build with --anyway to keep an image that is no choice");
  }
  const bool for_trying_out = build.advisories.contains(KnownAdvisory::developer_build);
  if (!registered && !scanned.is_complete()) {
    if (for_trying_out) {
      return out;
    }
    return Error(Code::undecided,
                 "it cannot be told whether this revision was built before: "
                 "the version has no registration, and the registry could not be read")
        .hinted("try again when the registry answers, or build for yourself with -dev")
        .detailed(scanned.missing());
  }
  Advisories advisories = build.advisories;
  if (registered) {
    out.tag_mismatch = stands_for_another_revision(*file, build.revision);
    if (out.tag_mismatch) {
      advisories.add(KnownAdvisory::tag_mismatch);
    }
  }
  if (!build.kind.empty()) {
    return out;
  }
  const auto best = registered ? best_repeated(build, *file) : best_repeated(build, found);
  if (best && ranks_at_or_above(*best, advisories)) {
    out.rebuild_of = best->digest;
  }
  return out;
}

Result<LockFile> with_registration(LockFile file, Registration registration) {
  if (const Registration* known = file.registration_of(registration.digest)) {
    if (known->revision == registration.revision && known->kind == registration.kind) {
      return file;
    }
    return Error(Code::conflict,
                 fmt::format("image {} is already registered for {} from revision {}",
                             registration.digest.short_hex(),
                             file.source.str(),
                             known->revision.short_hex()));
  }
  const Revision revision = registration.revision;
  const Deed deed = registration.registered;
  file.registrations.push_back(std::move(registration));
  relock(file, revision, deed, false);
  return file;
}

Result<LockFile> with_chosen_lock(LockFile file, Registration registration) {
  const Revision revision = registration.revision;
  const Deed deed = registration.registered;
  if (file.registration_of(registration.digest) == nullptr) {
    file.registrations.push_back(std::move(registration));
  }
  relock(file, revision, deed, true);
  return file;
}

Result<LockFile> with_superseded_lock(LockFile file, const Digest& to, Deed deed) {
  const Registration* registration = file.registration_of(to);
  if (registration == nullptr) {
    return Error(Code::not_found,
                 fmt::format("image {} is not registered for {}", to.str(), file.source.str()))
        .hinted("register it first with `sous artifact add`");
  }
  if (const auto reason = why_no_candidate(registration->advisories, registration->withdrawn)) {
    return Error(Code::blocked, fmt::format("image {} {}", to.short_hex(), *reason));
  }
  if (const Lock* lock = file.final_lock(); lock != nullptr && lock->digest == to) {
    return file;
  }
  for (std::size_t i = file.locks.size(); i-- > 0;) {
    supersede(file, i, deed);
  }
  file.locks.push_back({.digest = to,
                        .revision = registration->revision,
                        .state = Lock::State::final_,
                        .made = std::move(deed),
                        .evidence = "superseded by hand"});
  return file;
}

Result<LockFile> with_withdrawal(LockFile file, const Digest& digest, Deed deed) {
  Registration& found = file.registrations[SOUS_TRY(place_of(file, digest))];
  if (std::ranges::find(file.locks, digest, &Lock::digest) != file.locks.end()) {
    return Error(Code::blocked,
                 fmt::format("image {} is locked as version {}",
                             digest.short_hex(),
                             file.source.version.canonical()))
        .hinted("move the lock first with `sous lock supersede`");
  }
  if (!found.withdrawn) {
    found.withdrawn = std::move(deed);
  }
  return file;
}

Result<LockFile> with_restoration(LockFile file, const Digest& digest, Deed deed) {
  Registration& found = file.registrations[SOUS_TRY(place_of(file, digest))];
  if (!found.withdrawn) {
    return file;
  }
  Deed withdrawn = *std::exchange(found.withdrawn, std::nullopt);
  const Revision revision = found.revision;
  relock(file, revision, deed, false);
  found.ended_withdrawals.push_back({std::move(withdrawn), std::move(deed)});
  return file;
}

}  // namespace sous::engine
