#include "engine/choice.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::engine {
namespace {

struct Contender {
  const Registration* registration = nullptr;
  const Artifact* artifact = nullptr;
  std::optional<RankKey> key;
  std::size_t place = 0;  // of the registration

  const Digest& digest() const {
    return registration != nullptr ? registration->digest : artifact->digest;
  }

  const Revision& revision() const {
    return registration != nullptr ? registration->revision : artifact->revision;
  }

  const Advisories& advisories() const {
    return registration != nullptr ? registration->advisories : artifact->advisories;
  }

  const std::vector<ImageRepository>& repositories() const {
    return registration != nullptr ? registration->images : artifact->repositories;
  }
};

bool is_wanted(const ChoiceQuestion& question, const Revision& revision) {
  return !question.wanted_revision || revision.str().starts_with(*question.wanted_revision);
}

/// What registrations speak for: their images, and every copy of the same build, which a conversion
/// gives another digest (docs/adr/0006).
class Registered {
 public:
  explicit Registered(const LockFile* file) {
    if (file == nullptr) {
      return;
    }
    for (const Registration& registration : file->registrations) {
      digests_.insert(registration.digest);
      if (registration.config_digest) {
        configs_.insert(*registration.config_digest);
      }
    }
  }

  bool speak_for(const Artifact& artifact) const {
    return digests_.contains(artifact.digest) ||
           (artifact.config_digest && configs_.contains(*artifact.config_digest));
  }

 private:
  std::unordered_set<Digest> digests_;
  std::unordered_set<Digest> configs_;
};

/// Hands out registered artifacts by their registration, others as found; each digest once.
template <typename Take>
void for_each_contender(const ChoiceQuestion& question, Take take) {
  if (question.file != nullptr) {
    auto keys = registered_keys(*question.file);
    for (std::size_t place = 0; place < keys.size(); ++place) {
      const Registration& registration = question.file->registrations[place];
      if (is_wanted(question, registration.revision)) {
        take(Contender{&registration, nullptr, std::move(keys[place]), place});
      }
    }
  }
  const Registered registered(question.found.empty() ? nullptr : question.file);
  for (const Artifact& artifact : question.found) {
    if (!is_wanted(question, artifact.revision) || registered.speak_for(artifact)) {
      continue;
    }
    Contender contender{nullptr, &artifact, std::nullopt, 0};
    if (!why_no_candidate(artifact.advisories, std::nullopt)) {
      contender.key = unregistered_key(artifact);
    }
    take(std::move(contender));
  }
}

/// Nothing that a registry may still hold can rank above a registered artifact that has nothing
/// against it: what is found there is unregistered.
bool nothing_missing_could_change(const RankKey& best) {
  return best.advisories == 0 && !best.off_tag && !best.unregistered;
}

std::string reason_for(const Contender& best, const Contender* second, Rule rule) {
  if (second == nullptr) {
    return fmt::format("the only image: {}", describe(*best.key, best.advisories()));
  }
  return fmt::format("{}: {}; next is {} with {}",
                     rule_text(rule),
                     describe(*best.key, best.advisories()),
                     second->digest().short_hex(),
                     describe(*second->key, second->advisories()));
}

Verdict verdict_of(const ChoiceQuestion& question, const Contender& best, const Contender* second) {
  if (!question.scanned.is_complete() && !nothing_missing_could_change(*best.key)) {
    return Undecided{question.scanned.missing()};
  }
  if (best.repositories().empty()) {
    return Undecided{{fmt::format("where image {} can be pulled from", best.digest().str())}};
  }
  const Rule rule =
      second == nullptr ? Rule::only_candidate : deciding_rule(*best.key, *second->key);
  return Decided{.image = {best.repositories().front(), best.digest()},
                 .revision = best.revision(),
                 .rule = rule,
                 .reason = reason_for(best, second, rule)};
}

Verdict verdict_of(const ChoiceQuestion& question, const Lock& lock) {
  if (!is_wanted(question, lock.revision)) {
    return LockedElsewhere{lock, *question.wanted_revision};
  }
  const Registration* registration = question.file->registration_of(lock.digest);
  if (registration == nullptr || registration->images.empty()) {
    return Undecided{{fmt::format("where locked image {} can be pulled from", lock.digest.str())}};
  }
  return Decided{.image = {registration->images.front(), lock.digest},
                 .revision = lock.revision,
                 .rule = Rule::final_lock,
                 .reason = fmt::format("locked for good by {} on {}: {}",
                                       lock.made.who,
                                       format_rfc3339(lock.made.when),
                                       lock.made.why)};
}

Candidate shown(const Contender& contender, const SourceId& source) {
  const std::optional<Deed> withdrawn =
      contender.registration != nullptr ? contender.registration->withdrawn : std::nullopt;
  std::string reason = contender.key
                           ? describe(*contender.key, contender.advisories())
                           : why_no_candidate(contender.advisories(), withdrawn).value_or("");
  if (contender.registration == nullptr) {
    return {*contender.artifact, std::nullopt, 0, std::move(reason)};
  }
  const Registration& from = *contender.registration;
  return {.artifact = {.digest = from.digest,
                       .source = source,
                       .revision = from.revision,
                       .advisories = from.advisories,
                       .built_at = from.built_at,
                       .created = std::nullopt,
                       .rebuild_of = from.rebuild_of,
                       .config_digest = from.config_digest,
                       .layers = from.layers,
                       .repositories = from.images},
          .registration = contender.place,
          .rank = 0,
          .reason = std::move(reason)};
}

bool ranks_above(const Contender& a, const Contender& b) {
  if (a.key && b.key) {
    return compare(*a.key, *b.key) < 0;
  }
  return a.key.has_value() != b.key.has_value() ? a.key.has_value() : a.digest() < b.digest();
}

constexpr std::size_t kMinRevisionPrefix = 7;

/// What a final lock names goes first whatever its rank would be without the lock.
void put_first(std::vector<Contender>& contenders, const Digest& digest) {
  const auto locked = std::ranges::find(contenders, digest, &Contender::digest);
  if (locked != contenders.end()) {
    std::rotate(contenders.begin(), locked, std::next(locked));
  }
}

const Lock* final_lock(const ChoiceQuestion& question) {
  return question.file != nullptr ? question.file->final_lock() : nullptr;
}

bool may_name_revision(const std::string& build) {
  return build.size() >= kMinRevisionPrefix &&
         std::ranges::all_of(build, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

/// Build metadata names a revision only where one like it is known; what could not be read may hold
/// the one that is meant.
std::optional<Undecided> revision_may_be_meant(const ChoiceQuestion& question) {
  const Version& version = question.source.version;
  if (question.wanted_revision || question.scanned.is_complete() ||
      !may_name_revision(version.build()) ||
      sous::engine::wanted_revision(version, question.file, question.found)) {
    return std::nullopt;
  }
  return Undecided{question.scanned.missing()};
}

}  // namespace

ChoiceQuestion registered_only(const LockFile& file) {
  ChoiceQuestion out{.source = file.source};
  out.file = &file;
  return out;
}

std::optional<std::string> wanted_revision(const Version& version,
                                           const LockFile* file,
                                           std::span<const Artifact> found) {
  const std::string& prefix = version.build();
  if (!may_name_revision(prefix)) {
    return std::nullopt;
  }
  const auto has_it = [&](const auto& known) { return known.revision.str().starts_with(prefix); };
  const bool known = (file != nullptr && std::ranges::any_of(file->registrations, has_it)) ||
                     std::ranges::any_of(found, has_it);
  return known ? std::optional{prefix} : std::nullopt;
}

Choice choose(const ChoiceQuestion& question) {
  if (auto unknown = revision_may_be_meant(question)) {
    return {std::move(*unknown), std::nullopt, std::nullopt};
  }
  if (const Lock* lock = final_lock(question)) {
    return {verdict_of(question, *lock), std::nullopt, std::nullopt};
  }
  std::optional<Contender> best;
  std::optional<Contender> second;
  for_each_contender(question, [&](Contender contender) {
    if (!contender.key) {
      return;
    }
    if (!best || ranks_above(contender, *best)) {
      second = std::exchange(best, std::move(contender));
    } else if (!second || ranks_above(contender, *second)) {
      second = std::move(contender);
    }
  });
  if (!best) {
    return {question.scanned.is_complete() ? Verdict{NoImage{}}
                                           : Verdict{Undecided{question.scanned.missing()}},
            std::nullopt,
            std::nullopt};
  }
  return {verdict_of(question, *best, second ? &*second : nullptr),
          best->key,
          second ? second->key : std::nullopt};
}

Decision explain(const ChoiceQuestion& question) {
  std::vector<Contender> all;
  for_each_contender(question, [&](Contender contender) { all.push_back(std::move(contender)); });
  std::ranges::sort(all, ranks_above);
  Decision out{question.source, question.wanted_revision, choose(question).verdict, {}};
  if (const Lock* lock = final_lock(question)) {
    put_first(all, lock->digest);
  }
  out.candidates.reserve(all.size());
  for (const Contender& contender : all) {
    out.candidates.push_back(shown(contender, question.source));
    out.candidates.back().rank = contender.key ? out.candidates.size() : 0;
  }
  return out;
}

}  // namespace sous::engine
