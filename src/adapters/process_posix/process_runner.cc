#include "adapters/process_posix/process_runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

#include "adapters/process_posix/capture.h"
#include "adapters/process_posix/child.h"
#include "adapters/process_posix/fd.h"

namespace sous::process_posix {
namespace {

constexpr Duration kGrace = std::chrono::seconds(2);

// One run from spawn to reap.
class Run {
 public:
  Run(Clock& clock,
      const ProcessSpec& spec,
      const Call& call,
      Child child,
      Capture out,
      Capture err)
      : clock_(clock),
        spec_(spec),
        call_(call),
        child_(std::move(child)),
        out_(std::move(out)),
        err_(std::move(err)) {}

  // `stop_fd` becomes readable on a stop request.
  Result<ProcessResult> wait(int stop_fd) {
    while (!over()) {
      poll_once(stop_fd);
      out_.drain();
      err_.drain();
      judge();
    }
    if (ending_) {
      child_.signal_group(SIGKILL);  // whoever of the group outlived the program
    }
    const int exit_code = child_.reap();
    // What the program itself wrote is in the pipes by now.
    out_.drain();
    err_.drain();
    judge_output();
    ProcessResult result{.exit_code = exit_code, .out = out_.finish(), .err = err_.finish()};
    if (ending_) {
      return std::move(*ending_);
    }
    return result;
  }

 private:
  bool over() const {
    if (!exited_) {
      return false;
    }
    const bool silent = out_.ended() && err_.ended();
    return !ending_ || killed_ || silent;
  }

  void poll_once(int stop_fd) {
    // A descriptor below zero is skipped, and so is an end that was seen: it would wake us for
    // ever.
    std::array<pollfd, 4> fds{{
        {.fd = out_.fd(), .events = POLLIN, .revents = 0},
        {.fd = err_.fd(), .events = POLLIN, .revents = 0},
        {.fd = exited_ ? -1 : child_.pidfd(), .events = POLLIN, .revents = 0},
        {.fd = ending_ ? -1 : stop_fd, .events = POLLIN, .revents = 0},
    }};
    const int ready = ::poll(fds.data(), fds.size(), milliseconds_left());
    if (ready > 0) {
      exited_ = exited_ || (fds[2].revents & POLLIN) != 0;
    }
  }

  int milliseconds_left() const {
    const std::optional<Duration> left = (ending_ ? grace_ : call_.deadline).left(clock_.now());
    if (!left) {
      return -1;
    }
    constexpr std::int64_t kLongest = 3'600'000;
    const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(*left).count();
    return static_cast<int>(std::min<std::int64_t>(rounded_up, kLongest));
  }

  void judge() {
    if (ending_) {
      if (!killed_ && grace_.passed(clock_.now())) {
        child_.signal_group(SIGKILL);
        killed_ = true;
      }
      return;
    }
    judge_output();
    if (exited_ || ending_) {
      return;
    }
    if (call_.stop.stop_requested()) {
      end(Error(Code::cancelled, name() + " was ended on request"));
    } else if (call_.deadline.passed(clock_.now())) {
      end(Error(Code::timeout, name() + " did not end in time and was ended"));
    }
  }

  void judge_output() {
    if (!ending_ && (out_.exceeded() || err_.exceeded())) {
      end(Error(Code::invalid_data,
                name() + " wrote more than " + std::to_string(spec_.max_output) + " bytes"));
    }
  }

  void end(Error why) {
    ending_ = std::move(why);
    grace_ = Deadline::at(clock_.now() + kGrace);
    child_.signal_group(SIGTERM);
  }

  std::string name() const { return "`" + spec_.argv[0] + "`"; }

  Clock& clock_;
  const ProcessSpec& spec_;
  const Call& call_;
  Child child_;
  Capture out_;
  Capture err_;
  bool exited_ = false;
  bool killed_ = false;
  std::optional<Error> ending_;  // why the group is being ended
  Deadline grace_ = Deadline::never();
};

}  // namespace

Result<ProcessResult> PosixProcessRunner::run(const ProcessSpec& spec, const Call& call) {
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "cancelled before a program was run");
  }
  if (call.deadline.passed(clock_.now())) {
    return Error(Code::timeout, "no time was left to run a program");
  }
  Fd input = SOUS_TRY(make_input(spec.input));
  Pipe out = SOUS_TRY(make_pipe());
  Pipe err = SOUS_TRY(make_pipe());
  Fd stop_event = SOUS_TRY(make_wake_up());
  const std::stop_callback on_stop(call.stop, [fd = stop_event.get()] { ::eventfd_write(fd, 1); });

  Child child = SOUS_TRY(Child::spawn(spec, input.get(), out.write_end.get(), err.write_end.get()));
  out.write_end.reset();
  err.write_end.reset();
  input.reset();

  Capture output(std::move(out.read_end),
                 {.limit = spec.max_output, .collect = !spec.on_line, .on_line = spec.on_line});
  Capture errors(std::move(err.read_end),
                 {.limit = spec.kept_errors, .keep_last = true, .on_line = spec.on_line});
  Run run(clock_, spec, call, std::move(child), std::move(output), std::move(errors));
  return run.wait(stop_event.get());
}

}  // namespace sous::process_posix
