#include "model/decision.h"

#include <fmt/format.h>

namespace sous {

std::string_view rule_text(Rule rule) {
  switch (rule) {
    case Rule::final_lock:
      return "final_lock";
    case Rule::only_candidate:
      return "only_candidate";
    case Rule::fewest_advisories:
      return "fewest_advisories";
    case Rule::own_tag:
      return "own_tag";
    case Rule::registered:
      return "registered";
    case Rule::registration_order:
      return "registration_order";
    case Rule::latest_dirty:
      return "latest_dirty";
    case Rule::built_at:
      return "built_at";
    case Rule::digest:
      return "digest";
  }
  return "";
}

std::optional<Error> why_no_image(const Verdict& verdict, const SourceId& source) {
  if (const auto* undecided = std::get_if<Undecided>(&verdict)) {
    return Error(Code::undecided, fmt::format("the image of {} cannot be decided", source.str()))
        .hinted("try again when what is missing can be read")
        .detailed(undecided->missing);
  }
  if (const auto* elsewhere = std::get_if<LockedElsewhere>(&verdict)) {
    return Error(Code::blocked,
                 fmt::format("version {} is locked to revision {}, and {} was asked for",
                             source.version.canonical(),
                             elsewhere->lock.revision.short_hex(),
                             elsewhere->wanted))
        .hinted("`sous why` shows the lock; `sous lock supersede` moves it");
  }
  if (std::holds_alternative<NoImage>(verdict)) {
    return Error(Code::not_found, fmt::format("no image: nothing was built for {}", source.str()))
        .hinted("build it first: `sous build` in a checkout of that tag");
  }
  return std::nullopt;
}

}  // namespace sous
