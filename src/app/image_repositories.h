#pragma once

#include <span>
#include <vector>

#include "app/node.h"
#include "model/deployment.h"

namespace sous::app {

/// Which names of repositories a rule makes up are asked for.
struct NameRules {
  /// The original's names too, though nothing in the GDM is the original's.
  bool original = false;
};

/// Whether a host only stands in for others when a cluster pulls.
bool is_stand_in(const Node& node, const Gdm& gdm, const std::string& host);

/// Images of a location that clusters were seen to run, without those under the name of a cluster's
/// own `registry`: that one is for pulling alone.
std::vector<ImageByDigest> running_images(const Node& node,
                                          const Gdm& gdm,
                                          const Ads& ads,
                                          const SourceLocation& location);

/// A repository in which images of a location are looked for.
struct Place {
  ImageRepository repository;
  bool known = false;  // by a registration, a given record or a running image; else a rule names it
};

/// The repositories in which images of a location are looked for (design.md section 6): those that
/// a rule names, those of its registrations and given records, and those of `running`. Each once.
Result<std::vector<Place>> places_of(const Node& node,
                                     const Gdm& gdm,
                                     const SourceLocation& location,
                                     std::span<const ImageByDigest> running = {},
                                     const NameRules& rules = {});

}  // namespace sous::app
