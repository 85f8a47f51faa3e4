#pragma once

#include <cstdint>
#include <string>

#include "ports/clock.h"
#include "ports/image_builder.h"
#include "ports/process_runner.h"

namespace sous::builder_buildah {

/// The programs that build: podman takes the words of buildah, and both build alike.
enum class Engine : std::uint8_t { buildah, podman };

/// ImageBuilder by the program `buildah` or `podman`. Its storage, registries and isolation are
/// those of its own configuration (containers.conf, storage.conf, BUILDAH_ISOLATION): the commands
/// do what they do when a person runs them. Layers are not cached between builds, so that a build
/// is what its context says. A podman that is ended amid a step leaves that step's container, which
/// nothing ties to its build: `podman ps --all --external` shows it. Thread-safe.
class BuildahBuilder final : public ImageBuilder {
 public:
  /// Both references must outlive this object.
  BuildahBuilder(ProcessRunner& processes, Clock& clock, Engine engine = Engine::buildah);

  std::string name() const override { return program_; }

  Status probe(const Call& call) override;
  std::vector<CommandLine> commands(const BuildOrder& order) const override;
  Status build(const BuildOrder& order,
               const std::function<void(std::string_view line)>& on_line,
               const Call& call) override;
  Status discard(const std::string& name, const Call& call) override;
  /// Asks buildah whichever the engine is: both keep their images in one storage, and buildah alone
  /// shows a manifest as it was pulled.
  Result<std::string> export_image(const Digest& digest,
                                   const std::string& directory,
                                   const Call& call) override;

 private:
  CommandLine build_command(const BuildOrder& order) const;
  CommandLine push_command(const BuildOrder& order) const;
  CommandLine remove_command(const BuildOrder& order) const;
  Status run(const CommandLine& command,
             const std::function<void(std::string_view line)>& on_line,
             const Call& call);
  /// What a program of buildah's prints.
  Result<std::string> ask_buildah(CommandLine command, const Call& call);
  std::string install_hint() const;
  /// For what has to be done also when the caller's time is over.
  Call removal_call();

  ProcessRunner& processes_;
  Clock& clock_;
  Engine engine_;
  std::string program_;
};

}  // namespace sous::builder_buildah
