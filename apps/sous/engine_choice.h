#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "adapters/builder_buildah/buildah_builder.h"
#include "ports/image_builder.h"

namespace sous::apps {

/// The engine that is configured, else the first one that can be used here. Thread-safe.
class EngineChoice final : public ImageBuilder {
 public:
  /// `engine` is `buildah`, `podman`, or empty. Fails with usage.
  static Result<std::vector<builder_buildah::Engine>> candidates(const std::string& engine);

  /// `engines` is not empty; the references must outlive this object.
  EngineChoice(const std::vector<builder_buildah::Engine>& engines,
               ProcessRunner& processes,
               Clock& clock);

  std::string name() const override;
  Status probe(const Call& call) override;
  std::vector<CommandLine> commands(const BuildOrder& order) const override;
  Status build(const BuildOrder& order,
               const std::function<void(std::string_view line)>& on_line,
               const Call& call) override;
  Status discard(const std::string& name, const Call& call) override;
  Result<std::string> export_image(const Digest& digest,
                                   const std::string& directory,
                                   const Call& call) override;

 private:
  std::vector<builder_buildah::BuildahBuilder> engines_;
  std::atomic<std::size_t> chosen_ = 0;
};

}  // namespace sous::apps
