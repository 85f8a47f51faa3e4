#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/node.h"

namespace sous::app {

/// What reading one image gave, and how many requests it cost.
struct FactsRead {
  Result<ImageFacts> facts;
  std::uint32_t requests = 0;
};

/// How much of images is read.
enum class Depth : std::uint8_t {
  identity,  ///< what telling whose it is needs, and nothing that the index knows
  whole,     ///< all of it, whatever the index knows: to compare, or for labels
};

/// Reads images of a repository, each as far as telling whose it is needs: the manifest alone where
/// its annotations prove themselves, else its config too, and for an index the manifest of one
/// child. What the index of this node knows already is not read but its manifest. `keys` are read
/// as one batch; the answers are in their order. Fails only when the index does.
Result<std::vector<FactsRead>> read_facts(Node& node,
                                          const ImageRepository& repository,
                                          std::span<const ManifestKey> keys,
                                          const Call& call,
                                          Depth depth = Depth::identity);

/// One image by its digest, manifest and config. Fails only when the index does.
Result<FactsRead> read_whole_facts(Node& node, const ImageByDigest& image, const Call& call);

/// Whether what failed so can never be pulled, and so is no candidate; anything else is a gap.
bool is_broken_for_good(const Error& error);

}  // namespace sous::app
