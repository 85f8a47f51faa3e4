#include "support/singularity_sim/faults.h"

#include <string>
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

Misbehave late(Duration by) {
  return [by](const ScriptedAnswer& real) {
    ScriptedAnswer out = real;
    out.delay = by;
    return out;
  };
}

Misbehave dripping(Duration per_byte) {
  return [per_byte](const ScriptedAnswer& real) {
    ScriptedAnswer out = real;
    out.per_byte = per_byte;
    return out;
  };
}

Misbehave stalling_in_the_middle() {
  return [](const ScriptedAnswer& real) {
    ScriptedAnswer out = real;
    out.headers.emplace_back("Content-Length", std::to_string(real.body.size()));
    out.body.resize(real.body.size() / 2);
    return out;
  };
}

Misbehave pieces_without_end() {
  return [](const ScriptedAnswer& real) {
    return ScriptedAnswer{.raw =
                              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n1\r\n" +
                              real.body.substr(0, 1) + "\r\n"};
  };
}

Misbehave redirect(int status, std::string to) {
  return [status, to = std::move(to)](const ScriptedAnswer&) {
    return ScriptedAnswer{.status = status, .headers = {{"Location", to}}};
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
    const bool by_chance =
        fault.probability >= 1 || std::uniform_real_distribution<>()(chance_) < fault.probability;
    if (!met && by_chance && nth >= fault.skip && nth - fault.skip < fault.count) {
      met = fault;
    }
  }
  return met;
}

}  // namespace sous::singularity_sim
