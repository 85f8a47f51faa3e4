#include "adapters/builder_buildah/buildah_builder.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::builder_buildah {
namespace {

constexpr std::size_t kKeptLines = 20;

// Said when the program that runs the steps cannot run anything here, whatever the step.
bool cannot_run_steps(const std::deque<std::string>& lines) {
  return std::ranges::any_of(lines, [](const std::string& line) {
    return line.contains("did not get container create message");
  });
}

Error failure(const CommandLine& command, int exit_code, const std::deque<std::string>& lines) {
  Error error(Code::failed,
              fmt::format("`{} {}` ended with status {}", command[0], command[1], exit_code));
  if (cannot_run_steps(lines)) {
    error = std::move(error).hinted(
        "if no RUN step works on this machine, set BUILDAH_ISOLATION=chroot, or another "
        "`runtime` in containers.conf");
  }
  return std::move(error).detailed({lines.begin(), lines.end()});
}

}  // namespace

BuildahBuilder::BuildahBuilder(ProcessRunner& processes, Clock& clock, Engine engine)
    : processes_(processes),
      clock_(clock),
      engine_(engine),
      program_(engine == Engine::podman ? "podman" : "buildah") {}

std::string BuildahBuilder::install_hint() const {
  return fmt::format("install {0} (Debian: `apt-get install {0}`) and look at what `{0} info` says",
                     program_);
}

CommandLine BuildahBuilder::build_command(const BuildOrder& order) const {
  CommandLine command{program_, "build", "--format", "oci", "--layers=false"};
  // podman's `true` fails where the newest cannot be asked for; buildah's takes what is there then.
  const std::string_view newest = engine_ == Engine::podman ? "--pull=newer" : "--pull=true";
  command.emplace_back(order.pull ? newest : "--pull=false");
  if (order.timestamp) {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(*order.timestamp).time_since_epoch().count();
    // Debian's buildah does not know SOURCE_DATE_EPOCH. This sets the times of files as well.
    command.insert(command.end(), {"--timestamp", std::to_string(seconds)});
  }
  for (const auto& [key, value] : order.build_args) {
    command.insert(command.end(), {"--build-arg", fmt::format("{}={}", key, value)});
  }
  command.insert(command.end(), {"--file", order.dockerfile, "--tag", order.name});
  if (!order.files.empty()) {
    command.insert(command.end(), {"--output", "type=local,dest=" + order.files});
  }
  command.push_back(order.context);
  return command;
}

CommandLine BuildahBuilder::push_command(const BuildOrder& order) const {
  return {program_, "push", "--format", "oci", order.name, "oci:" + order.layout};
}

CommandLine BuildahBuilder::remove_command(const BuildOrder& order) const {
  return {program_, "rmi", order.name};
}

Status BuildahBuilder::probe(const Call& call) {
  ProcessSpec spec;
  spec.argv = {program_, "info"};
  auto result = processes_.run(spec, call);
  if (!result) {
    return std::move(result.error()).hinted(install_hint());
  }
  if (result->exit_code != 0) {
    return Error(Code::unavailable,
                 fmt::format("{} cannot be used here: {}", program_, trim(result->err)))
        .hinted(install_hint());
  }
  return ok();
}

std::vector<CommandLine> BuildahBuilder::commands(const BuildOrder& order) const {
  std::vector<CommandLine> out{build_command(order)};
  if (!order.layout.empty()) {
    out.push_back(push_command(order));
  }
  if (!order.keep) {
    out.push_back(remove_command(order));
  }
  return out;
}

Status BuildahBuilder::build(const BuildOrder& order,
                             const std::function<void(std::string_view line)>& on_line,
                             const Call& call) {
  // Both programs split these words at such a character.
  if (order.layout.contains(':') || order.files.contains(',')) {
    return Error(Code::usage,
                 fmt::format("{} cannot write to a path with a colon or a comma: {}",
                             program_,
                             order.layout + order.files));
  }
  if (Status built = run(build_command(order), on_line, call); !built) {
    const Code code = built.error().code();
    if (code == Code::timeout || code == Code::cancelled) {
      // Its last step may have ended well in the same moment, and left an image.
      static_cast<void>(run(remove_command(order), {}, removal_call()));
    }
    return built;
  }
  Status pushed = order.layout.empty() ? ok() : run(push_command(order), on_line, call);
  if (order.keep && pushed) {
    return ok();
  }
  // The image goes whatever became of the push, and also when the call is over.
  const Status removed = run(remove_command(order), {}, removal_call());
  return pushed ? removed : pushed;
}

Status BuildahBuilder::discard(const std::string& name, const Call& call) {
  ProcessSpec spec;
  spec.argv = {program_, "images", "--quiet", "--filter", "reference=localhost/" + name};
  auto found = SOUS_TRY(processes_.run(spec, call));
  if (found.exit_code != 0) {
    return Error(Code::failed, fmt::format("`{} images`: {}", program_, trim(found.err)));
  }
  CommandLine remove{program_, "rmi", "--force"};
  for (const auto id : split(found.out, '\n')) {
    if (!trim(id).empty()) {
      remove.emplace_back(trim(id));
    }
  }
  return remove.size() == 3 ? ok() : run(remove, {}, call);
}

Result<std::string> BuildahBuilder::ask_buildah(CommandLine command, const Call& call) {
  ProcessSpec spec;
  spec.argv = std::move(command);
  auto result = processes_.run(spec, call);
  if (!result) {
    return std::move(result.error()).hinted("install buildah (Debian: `apt-get install buildah`)");
  }
  if (result->exit_code != 0) {
    return Error(Code::failed, fmt::format("`buildah {}`: {}", spec.argv[1], trim(result->err)));
  }
  return std::move(result->out);
}

Result<std::string> BuildahBuilder::export_image(const Digest& digest,
                                                 const std::string& directory,
                                                 const Call& call) {
  if (directory.contains(':')) {
    return Error(Code::usage, "buildah cannot write to a path with a colon: " + directory);
  }
  // One image is listed once for each of its names.
  const auto listed = SOUS_TRY(ask_buildah(
      {"buildah", "images", "--all", "--no-trunc", "--format", "{{.ID}}={{.Digest}}"}, call));
  for (const auto line : split(listed, '\n')) {
    const auto words = split(trim(line), '=');
    if (words.size() != 2 || words[1] != digest.str()) {
      continue;
    }
    const std::string id(words[0]);
    auto manifest = SOUS_TRY(ask_buildah(
        {"buildah", "inspect", "--type", "image", "--format", "{{.Manifest}}", id}, call));
    if (Digest::sha256_of(manifest) != digest && manifest.ends_with('\n')) {
      manifest.pop_back();
    }
    if (Digest::sha256_of(manifest) != digest) {
      break;
    }
    SOUS_TRY_VOID(ask_buildah({"buildah", "push", "--quiet", id, "dir:" + directory}, call));
    return manifest;
  }
  return Error(Code::not_found,
               fmt::format("no image with the digest {} is in the storage that buildah and podman "
                           "share",
                           digest.str()));
}

Call BuildahBuilder::removal_call() {
  constexpr Duration kRemovalLimit = std::chrono::minutes(1);
  return {.deadline = Deadline::at(clock_.now() + kRemovalLimit), .stop = {}};
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
        .with(program_ + " " + command[1])
        .hinted(install_hint())
        .detailed({last.begin(), last.end()});
  }
  if (result->exit_code != 0) {
    return failure(command, result->exit_code, last);
  }
  return ok();
}

}  // namespace sous::builder_buildah
