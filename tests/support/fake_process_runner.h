#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "ports/clock.h"
#include "ports/process_runner.h"
#include "support/points.h"

namespace sous::support {

/// Programs as functions. Of those whose argv begins the same way as the one run, the longest
/// decides, and of equals the last one set; a program nobody scripted does not exist. Thread-safe.
class FakeProcessRunner final : public ProcessRunner {
 public:
  using Program = std::function<Result<ProcessResult>(const ProcessSpec&, const Call&)>;

  /// `clock` is where deadlines come from; both must outlive this object. Each run is the point
  /// `process.<argv[0]>`.
  explicit FakeProcessRunner(Clock& clock, Points& points = no_points())
      : clock_(clock), points_(points) {}

  void script(std::vector<std::string> argv_begin, Program program);
  /// A program that always ends like this.
  void answer(std::vector<std::string> argv_begin, ProcessResult result);
  /// A program that ends only at the deadline or on a stop request.
  void hang(std::vector<std::string> argv_begin);

  /// Every run so far, in order.
  std::vector<ProcessSpec> runs();

  Result<ProcessResult> run(const ProcessSpec& spec, const Call& call) override;

 private:
  struct State {
    std::vector<std::pair<std::vector<std::string>, Program>> programs;
    std::vector<ProcessSpec> runs;
  };

  Clock& clock_;
  Points& points_;
  Locked<State> state_;
};

}  // namespace sous::support
