#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "app/node.h"
#include "model/gdm.h"

namespace sous::app {

/// Which registered images their registries have lost (design.md section 5, "Gone"). Each answer is
/// a sentence with the ways out, none in the usual case. The arguments outlive it.
class GoneImages {
 public:
  GoneImages(Node& node, const Gdm& gdm) : node_(node), gdm_(gdm) {}

  /// What this node's index tells, asking no registry. Every image of Sous has a tag of its own, so
  /// one that had tags and has none any more is gone, or will be with the registry's next cleaning.
  std::optional<std::string> seems_gone(const Digest& digest, const SourceId& source);
  /// Asks for the digest wherever it can be pulled from. Gone is what all of them answer 404 for;
  /// where one does not answer, nothing is said.
  std::optional<std::string> is_gone(const ImageByDigest& image,
                                     const SourceId& source,
                                     const Call& call);

 private:
  std::optional<std::string> look_for(const Digest& digest, const SourceId& source);
  std::set<ImageRepository> places_of(const ImageByDigest& image, const SourceId& source) const;

  Node& node_;
  const Gdm& gdm_;
  std::map<Digest, std::optional<std::string>> seeming_;
  std::map<Digest, std::optional<std::string>> asked_;
};

/// The same for an image that a cluster could not be given, under the names it was asked for by.
std::optional<std::string> refused_as_gone(Node& node,
                                           const Digest& digest,
                                           const std::set<ImageRepository>& names,
                                           const Call& call);

}  // namespace sous::app
