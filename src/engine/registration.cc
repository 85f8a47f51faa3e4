#include "engine/registration.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/choice.h"
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

/// Whether something of the same revision that is known already ranks at or above the build.
bool ranks_at_or_above(const NewBuild& build,
                       const Advisories& advisories,
                       const std::optional<Digest>& layers) {
  if (is_dirty(build.advisories) && (!layers || layers != build.layers)) {
    return false;
  }
  const auto key = [](const Advisories& of) { return std::pair{of.size(), is_off_tag(of)}; };
  return key(advisories) <= key(build.advisories);
}

std::optional<Digest> best_registered(const LockFile& file, const Revision& revision) {
  const ChoiceQuestion question{
      .source = file.source, .wanted_revision = revision.str(), .file = &file};
  // A final lock answers for the whole version, so it is left out: this asks for the ranking.
  LockFile ranking = file;
  std::erase_if(ranking.locks, [](const Lock& lock) { return lock.state == Lock::State::final_; });
  ChoiceQuestion ranked = question;
  ranked.file = &ranking;
  const Choice choice = choose(ranked);
  return choice.chosen ? std::optional{choice.chosen->digest} : std::nullopt;
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
  const auto best = best_registered(file, revision);
  if (!best) {
    return;
  }
  const Registration& chosen = *file.registration_of(*best);
  const bool own_build = chosen.origin == Registration::Origin::built;
  const bool is_final = chosen.advisories.empty() && (own_build || from_complete_scans);
  const Lock lock{.digest = *best,
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
      supersede(
          file,
          i,
          {deed.who, deed.when, fmt::format("image {} ranks higher", lock.digest.short_hex())});
    }
  }
  file.locks.push_back(lock);
}

}  // namespace

Result<BuildJudgement> judge_build(const NewBuild& build,
                                   const LockFile* file,
                                   std::span<const Artifact> found,
                                   const Completeness& scanned) {
  BuildJudgement out;
  if (file != nullptr && !file->registrations.empty()) {
    if (const Lock* lock = file->final_lock();
        lock != nullptr && lock->revision != build.revision) {
      return Error(Code::blocked,
                   fmt::format("version {} is locked for good to revision {}, and this is {}",
                               build.source.version.canonical(),
                               lock->revision.short_hex(),
                               build.revision.short_hex()))
          .hinted("make a new version, or build with --anyway to keep an image that is no choice");
    }
    out.tag_mismatch = std::ranges::any_of(file->registrations, [&](const Registration& known) {
      return known.revision != build.revision && stands_for_its_revision(known);
    });
    if (const auto best = best_registered(*file, build.revision)) {
      const Registration& known = *file->registration_of(*best);
      if (ranks_at_or_above(build, known.advisories, known.layers)) {
        out.rebuild_of = *best;
      }
    }
    return out;
  }
  const Choice choice = choose({.source = build.source,
                                .wanted_revision = build.revision.str(),
                                .file = nullptr,
                                .found = found,
                                .scanned = scanned});
  if (const auto* undecided = std::get_if<Undecided>(&choice.verdict)) {
    return Error(Code::undecided,
                 "it cannot be told whether this revision was built before: "
                 "the version has no registration, and the registry could not be read")
        .hinted("try again when the registry answers, or build for yourself with -dev")
        .detailed(undecided->missing);
  }
  if (choice.chosen) {
    const auto known = std::ranges::find(found, choice.chosen->digest, &Artifact::digest);
    if (ranks_at_or_above(build, known->advisories, known->layers)) {
      out.rebuild_of = known->digest;
    }
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
  for (std::size_t i = file.locks.size(); i-- > 0;) {
    if (file.locks[i].state == Lock::State::final_ ||
        file.locks[i].revision == registration->revision) {
      supersede(file, i, deed);
    }
  }
  file.locks.push_back({.digest = to,
                        .revision = registration->revision,
                        .state = Lock::State::final_,
                        .made = std::move(deed),
                        .evidence = "superseded by hand"});
  return file;
}

Result<LockFile> with_withdrawal(LockFile file, const Digest& digest, Deed deed) {
  const auto found = std::ranges::find(file.registrations, digest, &Registration::digest);
  if (found == file.registrations.end()) {
    return Error(Code::not_found,
                 fmt::format("image {} is not registered for {}", digest.str(), file.source.str()));
  }
  if (std::ranges::find(file.locks, digest, &Lock::digest) != file.locks.end()) {
    return Error(Code::blocked,
                 fmt::format("image {} is locked as version {}",
                             digest.short_hex(),
                             file.source.version.canonical()))
        .hinted("move the lock first with `sous lock supersede`");
  }
  found->withdrawn = std::move(deed);
  return file;
}

}  // namespace sous::engine
