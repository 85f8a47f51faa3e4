#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/choice.h"
#include "engine/registration.h"
#include "support/generators.h"

namespace sous::engine {
namespace {

namespace gen = support::gen;

void check_laws(const LockFile& file) {
  const auto finals = std::ranges::count(file.locks, Lock::State::final_, &Lock::state);
  RC_ASSERT(finals <= 1);
  for (const Lock& lock : file.locks) {
    RC_ASSERT(std::ranges::count(file.locks, lock.revision, &Lock::revision) == 1);
    const Registration* registration = file.registration_of(lock.digest);
    const bool known = registration != nullptr;
    RC_ASSERT(known);
    RC_ASSERT(registration->revision == lock.revision);
    RC_ASSERT(!registration->withdrawn);
  }
  for (const Registration& registration : file.registrations) {
    RC_ASSERT(std::ranges::count(file.registrations, registration.digest, &Registration::digest) ==
              1);
  }
}

// A step that may fail leaves the file as it is.
LockFile stepped(const LockFile& file) {
  const auto next = [&]() -> Result<LockFile> {
    switch (*rc::gen::weightedElement<int>({{6, 0}, {3, 1}, {1, 2}, {2, 3}})) {
      case 0:
        return with_registration(file, *gen::registration());
      case 1:
        return with_chosen_lock(file, *gen::registration());
      case 2:
        return with_superseded_lock(file, (*gen::registration()).digest, support::deed());
      default:
        return with_withdrawal(file, (*gen::registration()).digest, support::deed());
    }
  }();
  return next ? *next : file;
}

LockFile any_history() {
  LockFile file = support::lock_file();
  const auto steps = *rc::gen::inRange(0, 12);
  for (int i = 0; i < steps; ++i) {
    file = stepped(file);
  }
  return file;
}

RC_GTEST_PROP(LockProperty, AtMostOneFinalLockAndOnePerRevisionAfterAnySequence, ()) {
  LockFile file = support::lock_file();
  const auto steps = *rc::gen::inRange(0, 12);
  for (int i = 0; i < steps; ++i) {
    file = stepped(file);
    check_laws(file);
  }
}

RC_GTEST_PROP(LockProperty, AFinalLockIsChangedByNothingButItsSupersession, ()) {
  const LockFile file = any_history();
  const bool locked = file.final_lock() != nullptr;
  RC_PRE(locked);
  const Lock before = *file.final_lock();
  const auto stands = [&](const LockFile& after) {
    return after.final_lock() != nullptr && *after.final_lock() == before;
  };
  const auto registered = with_registration(file, *gen::registration());
  if (registered) {
    RC_ASSERT(stands(*registered));
  }
  const auto chosen = with_chosen_lock(file, *gen::registration());
  if (chosen) {
    RC_ASSERT(stands(*chosen));
  }
  for (const Registration& registration : file.registrations) {
    const auto withdrawn = with_withdrawal(file, registration.digest, support::deed());
    if (withdrawn) {  // RC_ASSERT evaluates both sides of ||
      RC_ASSERT(stands(*withdrawn));
    }
    const auto restored =
        with_restoration(withdrawn ? *withdrawn : file, registration.digest, support::deed());
    RC_ASSERT(restored.has_value());
    RC_ASSERT(stands(*restored));
  }
}

RC_GTEST_PROP(LockProperty, RegistrationIsIdempotent, ()) {
  const LockFile file = any_history();
  const Registration next = *gen::registration();
  const auto once = with_registration(file, next);
  RC_PRE(once.has_value());
  RC_ASSERT(with_registration(*once, next).value() == *once);
}

RC_GTEST_PROP(LockProperty, AcceptedRegistrationsAreOnlyEverAppended, ()) {
  const LockFile before = any_history();
  const LockFile after = stepped(before);
  RC_ASSERT(after.registrations.size() >= before.registrations.size());
  for (std::size_t i = 0; i < before.registrations.size(); ++i) {
    RC_ASSERT(after.registrations[i].digest == before.registrations[i].digest);
  }
  RC_ASSERT(after.superseded.size() >= before.superseded.size());
}

RC_GTEST_PROP(LockProperty, AProvisionalLockIsOnWhatItsRevisionsChoiceIs, ()) {
  const LockFile file = any_history();
  for (const Lock& lock : file.locks) {
    if (lock.state == Lock::State::final_) {
      continue;
    }
    const auto choice = choose({.source = support::project(),
                                .wanted_revision = lock.revision.str(),
                                .file = &file,
                                .found = {}});
    RC_ASSERT(std::get<Decided>(choice.verdict).image.digest == lock.digest);
  }
}

// Two builders race: whoever is accepted second is judged again against what the first left.
RC_GTEST_PROP(RebuildProperty, OfARevisionsCleanBuildsOnlyTheFirstIsNoRebuild, ()) {
  LockFile file = support::lock_file();
  const auto count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    const NewBuild build{.source = support::project(),
                         .revision = support::rev(1),
                         .advisories = {},
                         .layers = std::nullopt};
    const auto judged = judge_build(build, &file, {}, Completeness::complete()).value();
    RC_ASSERT(judged.rebuild_of.has_value() == (i > 0));
    auto next = support::registration(fmt::format("build {}", i), 1);
    if (judged.rebuild_of) {
      next.advisories.add(KnownAdvisory::rebuilt);
    }
    file = with_registration(file, next).value();
  }
  RC_ASSERT(file.final_lock()->digest == support::digest("build 0"));
}

}  // namespace
}  // namespace sous::engine
