#pragma once

#include "ports/clock.h"
#include "ports/image_builder.h"
#include "ports/process_runner.h"

namespace sous::builder_buildah {

/// ImageBuilder by the program `buildah`. Its storage, registries and isolation are those of its
/// own configuration (containers.conf, storage.conf, BUILDAH_ISOLATION): the commands do what they
/// do when a person runs them. Layers are not cached between builds, so that a build is what its
/// context says. Thread-safe.
class BuildahBuilder final : public ImageBuilder {
 public:
  /// Both must outlive this object.
  BuildahBuilder(ProcessRunner& processes, Clock& clock) : processes_(processes), clock_(clock) {}

  std::string name() const override { return "buildah"; }

  Status probe(const Call& call) override;
  std::vector<CommandLine> commands(const BuildOrder& order) const override;
  Status build(const BuildOrder& order,
               const std::function<void(std::string_view line)>& on_line,
               const Call& call) override;

 private:
  Status run(const CommandLine& command,
             const std::function<void(std::string_view line)>& on_line,
             const Call& call);

  ProcessRunner& processes_;
  Clock& clock_;
};

}  // namespace sous::builder_buildah
