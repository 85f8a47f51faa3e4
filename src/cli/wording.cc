#include "cli/wording.h"

#include <variant>

#include <fmt/format.h>

namespace sous::cli {
namespace {

std::string tag_flag(const Decision& decision) {
  return "-tag " + decision.source.version.canonical();
}

const Candidate* first_candidate(const Decision& decision) {
  return decision.candidates.empty() || decision.candidates.front().rank != 1
             ? nullptr
             : &decision.candidates.front();
}

/// What would change a choice that no final lock protects.
std::vector<std::string> what_would_rank_higher(const Decision& decision) {
  const Candidate* chosen = first_candidate(decision);
  if (chosen == nullptr) {
    return {};
  }
  std::vector<std::string> out;
  if (const auto count = chosen->artifact.advisories.size(); count > 0) {
    out.push_back(
        count == 1 ? "a build of this version without advisories"
                   : fmt::format("a build of this version with fewer than {} advisories", count));
  }
  if (!chosen->registration) {
    out.emplace_back(
        "a registered build that has no more advisories; the first deploy registers and locks "
        "this one");
  }
  return out;
}

struct Change {
  const Decision& decision;
  const LockFile* file;

  std::vector<std::string> operator()(const Decided&) const {
    const Lock* lock = file != nullptr ? file->final_lock() : nullptr;
    std::vector<std::string> out =
        lock != nullptr ? std::vector<std::string>{} : what_would_rank_higher(decision);
    out.push_back(fmt::format("somebody's word: `sous lock supersede {} -to DIGEST -reason WHY`",
                              tag_flag(decision)));
    return out;
  }

  std::vector<std::string> operator()(const Undecided&) const {
    return {"an answer from what is missing; then ask again"};
  }

  std::vector<std::string> operator()(const NoImage&) const {
    return {fmt::format("a build: `sous build {}` in the checkout", tag_flag(decision))};
  }

  std::vector<std::string> operator()(const LockedElsewhere& elsewhere) const {
    return {fmt::format("asking for the locked revision: -revision {}",
                        elsewhere.lock.revision.short_hex()),
            fmt::format("somebody's word: `sous lock supersede {} -to DIGEST -reason WHY`",
                        tag_flag(decision)),
            "a version of its own for the other revision"};
  }
};

}  // namespace

std::vector<std::string> what_would_change(const Decision& decision, const LockFile* file) {
  return std::visit(Change{decision, file}, decision.verdict);
}

std::string moment(WallTime time) {
  const std::string text = format_rfc3339(time);  // 2026-11-21T22:26:42.000001Z
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::string short_moment(WallTime time) { return moment(time).substr(0, 16); }

std::string verdict_reason(const Decision& decision) {
  const auto none = why_no_image(decision.verdict, decision.source);
  return none ? none->message() : std::get<Decided>(decision.verdict).reason;
}

std::string_view rule_in_words(Rule rule) {
  switch (rule) {
    case Rule::final_lock:
      return "the version has a final lock, and that decides";
    case Rule::only_candidate:
      return "it is the only candidate";
    case Rule::fewest_advisories:
      return "it has the fewest advisories";
    case Rule::own_tag:
      return "among those with the fewest advisories it was built on the version's own tag";
    case Rule::registered:
      return "a registered image goes before one that is not";
    case Rule::registration_order:
      return "of equally good images the one registered first goes first";
    case Rule::latest_dirty:
      return "of dirty builds of one revision the last registered goes first";
    case Rule::built_at:
      return "none is registered, and of equally good images the earliest built goes first";
    case Rule::digest:
      return "all else is equal, so the lower digest goes first";
  }
  return "";
}

}  // namespace sous::cli
