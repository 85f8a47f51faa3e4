#include "app/pull_name.h"

#include <algorithm>
#include <span>
#include <vector>

#include "app/image_facts_reader.h"

namespace sous::app {
namespace {

/// Asks the host, and keeps a yes. What the index cannot tell or keep only costs another request.
bool has_it(Node& node, const ImageByDigest& image, const Call& call) {
  if (const auto known = node.index.find(image.digest);
      known && *known && std::ranges::count((*known)->repositories, image.repository) > 0) {
    return true;
  }
  const ManifestKey key = image.digest;
  auto read = read_facts(node, image.repository, std::span(&key, 1), call);
  if (!read || !read->front().facts) {
    return false;
  }
  const std::vector<ImageFacts> facts{std::move(*read->front().facts)};
  (void)node.index.put_facts(facts, {image.repository, "manifest by digest", node.clock.wall()});
  return true;
}

}  // namespace

ImageByDigest pull_name(Node& node,
                        const ClusterDefinition& cluster,
                        const ImageByDigest& image,
                        const Call& call) {
  if (!cluster.registry || *cluster.registry == image.repository.host) {
    return image;
  }
  const ImageByDigest stand_in{{*cluster.registry, image.repository.path}, image.digest};
  return has_it(node, stand_in, call) ? stand_in : image;
}

}  // namespace sous::app
