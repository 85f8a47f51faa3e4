#include "cli/wording.h"

#include <variant>

#include <fmt/format.h>

namespace sous::cli {
namespace {

struct Reason {
  const Decision& decision;

  std::string operator()(const Decided& decided) const { return decided.reason; }

  std::string operator()(const Undecided&) const {
    return "data that the choice needs could not be read";
  }

  std::string operator()(const NoImage&) const {
    return fmt::format("everything was read, and there is no image of {}", decision.source.str());
  }

  std::string operator()(const LockedElsewhere& elsewhere) const {
    return fmt::format("the version is locked to revision {}, and {} was asked for",
                       elsewhere.lock.revision.short_hex(),
                       elsewhere.wanted);
  }
};

}  // namespace

std::string verdict_reason(const Decision& decision) {
  return std::visit(Reason{decision}, decision.verdict);
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
