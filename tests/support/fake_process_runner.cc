#include "support/fake_process_runner.h"

#include <algorithm>
#include <string_view>

namespace sous::support {
namespace {

bool begins_with(const std::vector<std::string>& argv, const std::vector<std::string>& begin) {
  return argv.size() >= begin.size() && std::equal(begin.begin(), begin.end(), argv.begin());
}

void give_lines(const ProcessSpec& spec, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    spec.on_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// What the port says about every program's output.
Result<ProcessResult> as_captured(const ProcessSpec& spec, ProcessResult result) {
  if (spec.on_line) {
    give_lines(spec, result.out);
    give_lines(spec, result.err);
    result.out.clear();
  }
  if (result.out.size() > spec.max_output) {
    return Error(Code::invalid_data, "`" + spec.argv[0] + "` wrote too much");
  }
  if (result.err.size() > spec.kept_errors) {
    result.err.erase(0, result.err.size() - spec.kept_errors);
  }
  return result;
}

}  // namespace

void FakeProcessRunner::script(std::vector<std::string> argv_begin, Program program) {
  auto state = state_.lock();
  state->programs.emplace_back(std::move(argv_begin), std::move(program));
}

void FakeProcessRunner::answer(std::vector<std::string> argv_begin, ProcessResult result) {
  script(std::move(argv_begin),
         [result = std::move(result)](const ProcessSpec&, const Call&) { return result; });
}

void FakeProcessRunner::hang(std::vector<std::string> argv_begin) {
  script(std::move(argv_begin),
         [this](const ProcessSpec&, const Call& call) -> Result<ProcessResult> {
           constexpr Duration kForEver = std::chrono::years(100);
           SOUS_TRY_VOID(clock_.sleep(kForEver, call));
           return ProcessResult{};
         });
}

std::vector<ProcessSpec> FakeProcessRunner::runs() {
  auto state = state_.lock();
  return state->runs;
}

Result<ProcessResult> FakeProcessRunner::run(const ProcessSpec& spec, const Call& call) {
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "cancelled before a program was run");
  }
  if (call.deadline.passed(clock_.now())) {
    return Error(Code::timeout, "no time was left to run a program");
  }
  if (spec.argv.empty() || spec.argv[0].empty()) {
    return Error(Code::invalid_data, "no program to run was given");
  }
  Program program;
  {
    auto state = state_.lock();
    state->runs.push_back(spec);
    std::size_t longest = 0;
    for (const auto& [begin, candidate] : state->programs) {
      if (begins_with(spec.argv, begin) && begin.size() >= longest) {
        longest = begin.size();
        program = candidate;
      }
    }
  }
  if (!program) {
    return Error(Code::unavailable, "cannot run `" + spec.argv[0] + "`: no such program");
  }
  return at_point(points_, "process." + spec.argv[0], Effect::changes, [&] {
    auto result = program(spec, call);
    return result.has_value() ? as_captured(spec, std::move(*result)) : result;
  });
}

}  // namespace sous::support
