#include "adapters/builder_buildah/buildah_builder.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::builder_buildah {
namespace {

constexpr std::size_t kKeptLines = 20;
constexpr std::string_view kInstallHint =
    "install buildah (Debian: `apt-get install buildah`) and look at what `buildah info` says";

CommandLine build_command(const BuildOrder& order) {
  CommandLine command{"buildah",
                      "build",
                      "--format",
                      "oci",
                      "--layers=false",
                      order.pull ? "--pull=true" : "--pull=false"};
  if (order.timestamp) {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(*order.timestamp).time_since_epoch().count();
    // Debian's buildah does not know SOURCE_DATE_EPOCH. This sets the times of files as well.
    command.insert(command.end(), {"--timestamp", std::to_string(seconds)});
  }
  for (const auto& [key, value] : order.build_args) {
    command.insert(command.end(), {"--build-arg", fmt::format("{}={}", key, value)});
  }
  command.insert(command.end(), {"--file", order.dockerfile, "--tag", order.name, order.context});
  return command;
}

CommandLine push_command(const BuildOrder& order) {
  return {"buildah", "push", "--format", "oci", order.name, "oci:" + order.layout};
}

CommandLine remove_command(const BuildOrder& order) { return {"buildah", "rmi", order.name}; }

// Said when the program that runs the steps cannot run anything here, whatever the step.
bool cannot_run_steps(const std::deque<std::string>& lines) {
  return std::ranges::any_of(lines, [](const std::string& line) {
    return line.contains("did not get container create message");
  });
}

Error failure(const CommandLine& command, int exit_code, const std::deque<std::string>& lines) {
  Error error(Code::failed,
              fmt::format("`buildah {}` ended with status {}", command[1], exit_code));
  if (cannot_run_steps(lines)) {
    error = std::move(error).hinted(
        "if no RUN step works on this machine, set BUILDAH_ISOLATION=chroot, or another "
        "`runtime` in containers.conf");
  }
  return std::move(error).detailed({lines.begin(), lines.end()});
}

}  // namespace

Status BuildahBuilder::probe(const Call& call) {
  ProcessSpec spec;
  spec.argv = {"buildah", "info"};
  auto result = processes_.run(spec, call);
  if (!result) {
    return std::move(result.error()).hinted(std::string(kInstallHint));
  }
  if (result->exit_code != 0) {
    return Error(Code::unavailable,
                 fmt::format("buildah cannot be used here: {}", trim(result->err)))
        .hinted(std::string(kInstallHint));
  }
  return ok();
}

std::vector<CommandLine> BuildahBuilder::commands(const BuildOrder& order) const {
  return {build_command(order), push_command(order), remove_command(order)};
}

Status BuildahBuilder::build(const BuildOrder& order,
                             const std::function<void(std::string_view line)>& on_line,
                             const Call& call) {
  if (order.layout.contains(':')) {
    return Error(Code::usage,
                 "buildah cannot write an image layout to a path with a colon: " + order.layout);
  }
  SOUS_TRY_VOID(run(build_command(order), on_line, call));
  Status pushed = run(push_command(order), on_line, call);
  // The image goes whatever became of the push, and also when the call is over.
  constexpr Duration kRemovalLimit = std::chrono::minutes(1);
  const Call removal{.deadline = Deadline::at(clock_.now() + kRemovalLimit), .stop = {}};
  const Status removed = run(remove_command(order), {}, removal);
  return pushed ? removed : pushed;
}

Status BuildahBuilder::run(const CommandLine& command,
                           const std::function<void(std::string_view line)>& on_line,
                           const Call& call) {
  std::deque<std::string> last;
  ProcessSpec spec;
  spec.argv = command;
  spec.on_line = [&](std::string_view line) {
    if (last.size() == kKeptLines) {
      last.pop_front();
    }
    last.emplace_back(line);
    if (on_line) {
      on_line(line);
    }
  };
  auto result = processes_.run(spec, call);
  if (!result) {
    return std::move(result.error())
        .with("buildah " + command[1])
        .hinted(std::string(kInstallHint))
        .detailed({last.begin(), last.end()});
  }
  if (result->exit_code != 0) {
    return failure(command, result->exit_code, last);
  }
  return ok();
}

}  // namespace sous::builder_buildah
