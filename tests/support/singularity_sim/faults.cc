#include "support/singularity_sim/faults.h"

#include <utility>

namespace sous::singularity_sim {

using support::ScriptedAnswer;
using Misbehave = std::function<ScriptedAnswer(const ScriptedAnswer&)>;

Misbehave status_answer(int status, std::string body, std::string content_type) {
  return [status, body = std::move(body), type = std::move(content_type)](const ScriptedAnswer&) {
    return ScriptedAnswer{.status = status, .headers = {{"Content-Type", type}}, .body = body};
  };
}

Misbehave hang_up() {
  return [](const ScriptedAnswer&) { return ScriptedAnswer{.hang_up = true}; };
}

Misbehave stall() {
  return [](const ScriptedAnswer&) { return ScriptedAnswer{.hold = true}; };
}

Misbehave cut_in_the_middle() {
  return [](const ScriptedAnswer& real) {
    ScriptedAnswer out = real;
    out.cut_after = real.body.size() / 2;
    return out;
  };
}

Misbehave edited(std::function<std::string(std::string)> edit) {
  return [edit = std::move(edit)](const ScriptedAnswer& real) {
    ScriptedAnswer out = real;
    out.body = edit(real.body);
    return out;
  };
}

std::optional<Fault> FaultTable::meet(const std::string& method, const std::string& path) {
  std::optional<Fault> met;
  for (auto& [fault, matched] : rows_) {
    if ((!fault.method.empty() && fault.method != method) || !path.contains(fault.path_part)) {
      continue;
    }
    const std::uint32_t nth = matched++;
    if (!met && nth >= fault.skip && nth - fault.skip < fault.count) {
      met = fault;
    }
  }
  return met;
}

}  // namespace sous::singularity_sim
