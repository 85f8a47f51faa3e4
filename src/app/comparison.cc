#include "app/comparison.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/oci.h"

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxConfig = 8ULL << 20U;

/// The first layer in which two images differ, with the step that made it.
std::string layer_difference(const std::vector<Digest>& known,
                             const std::vector<Digest>& own,
                             std::string_view config) {
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(known, own).in2 - own.begin());
  if (at >= own.size()) {
    return fmt::format("it has {} layers instead of {}", own.size(), known.size());
  }
  const auto step = codec::layer_step(config, at);
  return fmt::format("layer {} of {}{}",
                     at + 1,
                     own.size(),
                     step && !step->empty() ? fmt::format(" ({})", *step) : "");
}

}  // namespace

Result<std::optional<std::string>> difference_to(Node& node,
                                                 const ImageRepository& repository,
                                                 const Registration& known,
                                                 const StampedImage& image,
                                                 const Call& call) {
  if (!known.config_digest) {
    return Error(Code::not_found, "the registration does not name the config of its image");
  }
  const auto config =
      SOUS_TRY(node.registry.blob(repository, *known.config_digest, kMaxConfig, call));
  ImageFacts facts{.digest = known.digest};
  SOUS_TRY_VOID(codec::add_config_facts(config, facts));
  if (*facts.diff_ids != *image.facts.diff_ids) {
    return std::optional{layer_difference(*facts.diff_ids, *image.facts.diff_ids, image.config)};
  }
  auto difference = SOUS_TRY(codec::config_difference(config, image.config));
  return difference ? std::optional{"config: " + *difference} : std::nullopt;
}

}  // namespace sous::app
