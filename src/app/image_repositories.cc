#include "app/image_repositories.h"

#include <algorithm>

#include "model/image_name.h"

namespace sous::app {
namespace {

template <typename Item>
void add_once(std::vector<Item>& to, const Item& item) {
  if (std::ranges::find(to, item) == to.end()) {
    to.push_back(item);
  }
}

/// Whether the GDM comes from the original: its definitions name a registry, or it holds a
/// deployment that the original made.
bool is_of_the_original(const Gdm& gdm) {
  const auto adopted = [](const auto& entry) { return !entry.second.adopted_id.empty(); };
  const auto has_request_id = [](const auto& entry) {
    return std::ranges::any_of(entry.second.deployments, [](const auto& deployment) {
      return !deployment.second.singularity_request_id.empty();
    });
  };
  return !gdm.definitions.docker_repo.empty() || std::ranges::any_of(gdm.given, adopted) ||
         std::ranges::any_of(gdm.manifests, has_request_id);
}

void add_name(std::vector<Place>& to, const ImageRepository& repository, bool known) {
  const auto there = std::ranges::find(to, repository, &Place::repository);
  if (there == to.end()) {
    to.push_back({repository, known});
  } else {
    there->known = there->known || known;
  }
}

void add_original_names(const Node& node,
                        const Gdm& gdm,
                        const SourceLocation& location,
                        std::vector<Place>& to) {
  for (const std::string& host : {node.settings.registry.host, gdm.definitions.docker_repo}) {
    if (host.empty()) {
      continue;
    }
    // A location that the original could give no name has no images of its.
    if (const auto name = original_image_repository(host, location, "")) {
      add_name(to, *name, false);
    }
  }
}

}  // namespace

bool is_stand_in(const Node& node, const Gdm& gdm, const std::string& host) {
  return host != node.settings.registry.host &&
         std::ranges::any_of(gdm.definitions.clusters,
                             [&](const auto& entry) { return entry.second.registry == host; });
}

std::vector<ImageByDigest> running_images(const Node& node,
                                          const Gdm& gdm,
                                          const Ads& ads,
                                          const SourceLocation& location) {
  std::vector<ImageByDigest> out;
  for (const auto& observation : ads) {
    for (const auto& deployment : observation.deployments) {
      const SourceLocation& of =
          deployment.source ? deployment.source->location : deployment.id.manifest.source();
      if (of == location && deployment.asked &&
          !is_stand_in(node, gdm, deployment.asked->repository.host)) {
        add_once(out, *deployment.asked);
      }
    }
  }
  return out;
}

Result<std::vector<Place>> places_of(const Node& node,
                                     const Gdm& gdm,
                                     const SourceLocation& location,
                                     std::span<const ImageByDigest> running,
                                     const NameRules& rules) {
  std::vector<Place> out;
  add_name(out, SOUS_TRY(image_repository(node.settings.registry, location, "")), false);
  if (rules.original || is_of_the_original(gdm)) {
    add_original_names(node, gdm, location, out);
  }
  for (const auto& [source, file] : gdm.locks) {
    if (source.location != location) {
      continue;
    }
    for (const auto& registration : file.registrations) {
      for (const auto& repository : registration.images) {
        add_name(out, repository, true);
      }
    }
  }
  for (const auto& [deployment, given] : gdm.given) {
    if (deployment.manifest.source() == location &&
        !is_stand_in(node, gdm, given.current().image.repository.host)) {
      add_name(out, given.current().image.repository, true);
    }
  }
  for (const auto& image : running) {
    add_name(out, image.repository, true);
  }
  return out;
}

}  // namespace sous::app
