#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/time.h"
#include "support/http_script.h"

namespace sous::singularity_sim {

/// One way of misbehaving, and for which calls.
struct Fault {
  std::string method;         // empty: any
  std::string path_part;      // what the path below /api holds; empty: any
  std::uint32_t skip = 0;     // so many matching calls go well first
  std::uint32_t count = 1;    // then so many misbehave
  double probability = 1;     // of those
  bool after_acting = false;  // the call is carried out, and only its answer is replaced
  /// The answer in place of the real one, which is given when the call was carried out.
  std::function<support::ScriptedAnswer(const support::ScriptedAnswer& real)> answer;
};

// Ready-made misbehaviour.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> status_answer(
    int status, std::string body = "", std::string content_type = "text/plain");
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> hang_up();
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> stall();
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> cut_in_the_middle();
/// Nothing for so long, then the real answer.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> late(Duration by);
/// The real answer, its body byte by byte.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> dripping(Duration per_byte);
/// Half of the real answer, and the connection stays open for the rest.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> stalling_in_the_middle();
/// In pieces, of which the last never comes: the connection ends.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> pieces_without_end();
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> redirect(int status,
                                                                                std::string to);
/// The real answer, its body edited.
std::function<support::ScriptedAnswer(const support::ScriptedAnswer&)> edited(
    std::function<std::string(std::string)> edit);

/// Which fault, if any, a call meets. One thread at a time.
class FaultTable {
 public:
  void add(Fault fault) { rows_.push_back({std::move(fault), 0}); }

  /// For faults that are met by chance.
  void seed(std::uint64_t seed) { chance_.seed(seed); }

  /// Counts the call; the fault that it meets.
  std::optional<Fault> meet(const std::string& method, const std::string& path);

 private:
  struct Row {
    Fault fault;
    std::uint32_t matched = 0;
  };

  std::vector<Row> rows_;
  std::mt19937_64 chance_{1};
};

}  // namespace sous::singularity_sim
