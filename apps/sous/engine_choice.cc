#include "engine_choice.h"

#include <utility>

#include "base/text.h"

namespace sous::apps {

using builder_buildah::Engine;

Result<std::vector<Engine>> EngineChoice::candidates(const std::string& engine) {
  if (engine.empty()) {
    return std::vector{Engine::buildah, Engine::podman};
  }
  if (engine == "buildah") {
    return std::vector{Engine::buildah};
  }
  if (engine == "podman") {
    return std::vector{Engine::podman};
  }
  return Error(Code::usage, "there is no engine " + quote(engine))
      .hinted("the engines are buildah and podman");
}

EngineChoice::EngineChoice(const std::vector<Engine>& engines,
                           ProcessRunner& processes,
                           Clock& clock) {
  engines_.reserve(engines.size());
  for (const Engine engine : engines) {
    engines_.emplace_back(processes, clock, engine);
  }
}

std::string EngineChoice::name() const { return engines_[chosen_].name(); }

Status EngineChoice::probe(const Call& call) {
  std::vector<std::string> reasons;
  std::optional<Error> first;
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const Status usable = engines_[i].probe(call);
    if (usable) {
      chosen_ = i;
      return ok();
    }
    reasons.push_back(engines_[i].name() + ": " + usable.error().text());
    if (!first) {
      first = usable.error();
    }
  }
  return std::move(*first).detailed(std::move(reasons));
}

std::vector<CommandLine> EngineChoice::commands(const BuildOrder& order) const {
  return engines_[chosen_].commands(order);
}

Status EngineChoice::build(const BuildOrder& order,
                           const std::function<void(std::string_view line)>& on_line,
                           const Call& call) {
  return engines_[chosen_].build(order, on_line, call);
}

Status EngineChoice::discard(const std::string& name, const Call& call) {
  return engines_[chosen_].discard(name, call);
}

Result<std::string> EngineChoice::export_image(const Digest& digest,
                                               const std::string& directory,
                                               const Call& call) {
  return engines_[chosen_].export_image(digest, directory, call);
}

}  // namespace sous::apps
