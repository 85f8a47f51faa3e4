#include "model/decision.h"

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

}  // namespace sous
