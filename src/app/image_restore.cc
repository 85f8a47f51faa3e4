#include "app/image_restore.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/repository_scan.h"
#include "app/tagging.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

constexpr int kDeepestIndex = 3;

/// The names that an image may have at another registry, the likeliest first.
Result<std::vector<ImageRepository>> names_at(Node& node,
                                              const RegistryBase& base,
                                              const SourceLocation& location,
                                              const Registration& registration) {
  std::vector<ImageRepository> out;
  const auto add = [&](ImageRepository repository) {
    if (std::ranges::find(out, repository) == out.end()) {
      out.push_back(std::move(repository));
    }
  };
  for (const ImageRepository& image : registration.images) {
    add({base.host, base.prefix.empty() ? image.path : base.prefix + "/" + image.path});
  }
  if (auto own = image_repository(base, location, registration.kind)) {
    add(std::move(*own));
  }
  if (!base.prefix.empty()) {
    add({base.host, base.prefix});
  }
  if (auto known = SOUS_TRY(node.index.find(registration.digest))) {
    for (auto& repository : known->repositories) {
      if (repository.host == base.host) {
        add(std::move(repository));
      }
    }
  }
  return out;
}

/// One image on its way from a place to a repository.
class Copy {
 public:
  Copy(Node& node,
       ImageSource& from,
       const ImageRepository& to,
       const std::function<void(std::string_view)>& on_step,
       const Call& call)
      : node_(node), from_(from), to_(to), on_step_(on_step), call_(call) {}

  /// All that a manifest needs, then the manifest. Registries refuse it in any other order.
  Result<RawManifest> copy(const Digest& digest, int depth = 0) {
    auto manifest = SOUS_TRY(from_.manifest(digest, call_));
    const auto facts = SOUS_TRY(codec::parse_manifest_facts(manifest.bytes, manifest.media_type));
    const bool is_index = facts.media_type == codec::media::kOciIndex ||
                          facts.media_type == codec::media::kDockerList;
    if (is_index) {
      if (depth == kDeepestIndex) {
        return Error(Code::invalid_data, fmt::format("index {} goes too deep", digest.str()));
      }
      for (const auto& child : SOUS_TRY(codec::parse_image_index(manifest.bytes))) {
        SOUS_TRY_VOID(copy(child.digest, depth + 1));
      }
    } else {
      const auto parts = SOUS_TRY(codec::parse_image_manifest(manifest.bytes));
      for (const auto& layer : parts.layers) {
        SOUS_TRY_VOID(copy_blob(layer));
      }
      SOUS_TRY_VOID(copy_blob(parts.config));
    }
    SOUS_TRY_VOID(node_.registry.push_manifest(to_, manifest, std::nullopt, call_));
    return manifest;
  }

 private:
  Status copy_blob(const codec::Descriptor& blob) {
    if (on_step_) {
      on_step_(fmt::format("bringing back {} ({} bytes)", blob.digest.short_hex(), blob.size));
    }
    const auto bytes = SOUS_TRY(from_.blob(blob, call_));
    SOUS_TRY_VOID(node_.registry.push_blob(to_,
                                           {.digest = blob.digest,
                                            .size = blob.size,
                                            .source = bytes.get(),
                                            .mount_from = from_.repository()},
                                           call_));
    return ok();
  }

  Node& node_;
  ImageSource& from_;
  const ImageRepository& to_;
  const std::function<void(std::string_view)>& on_step_;
  const Call& call_;
};

Result<const Registration*> registered(const LockFile* file, const RestoreRequest& request) {
  const Registration* out = file != nullptr ? file->registration_of(request.digest) : nullptr;
  if (out == nullptr) {
    return Error(Code::not_found,
                 fmt::format(
                     "{} is not registered for {}", request.digest.str(), request.source.str()))
        .hinted("`sous artifact list` shows those that are registered");
  }
  if (out->images.empty()) {
    return Error(Code::failed,
                 fmt::format("the registration of {} does not say where the image was",
                             request.digest.str()));
  }
  return out;
}

/// The index has seen the image here, and its tags, so that nothing counts as lost any more.
Status remember(Node& node,
                const ImageByDigest& image,
                const std::vector<ImageTag>& tags,
                const Call& call) {
  SOUS_TRY_VOID(know_image(node, image, call));
  std::vector<TagFact> facts;
  facts.reserve(tags.size());
  for (const ImageTag& tag : tags) {
    facts.push_back({.tag = tag,
                     .digest = image.digest,
                     .broken = {},
                     .seen_at = node.clock.wall(),
                     .vanished_at = {},
                     .requests = 1});
  }
  return node.index.put_tags(image.repository, facts);
}

}  // namespace

Result<RestoredImage> restore_image(Node& node,
                                    const RestoreRequest& request,
                                    const std::function<void(std::string_view)>& on_step,
                                    const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  const LockFile* file = state.gdm.lock_file(request.source);
  const Registration& registration = *SOUS_TRY(registered(file, request));
  const ImageByDigest image{registration.images.front(), request.digest};
  std::vector<ImageRepository> names;
  if (const auto* base = std::get_if<RegistryBase>(&request.place)) {
    names = SOUS_TRY(names_at(node, *base, request.source.location, registration));
  }
  const auto from = SOUS_TRY(find_image(node, request.place, request.digest, names, call));
  const auto manifest =
      SOUS_TRY(Copy(node, *from, image.repository, on_step, call)
                   .copy(request.digest)
                   .with(fmt::format("bringing {} back from {}", image.str(), from->name())));
  auto tags = SOUS_TRY(tag_images(node, image.repository, *file, manifest, call)
                           .with("the image is back, but tagging it failed"));
  SOUS_TRY_VOID(remember(node, image, tags, call));
  return RestoredImage{image, from->name(), std::move(tags)};
}

}  // namespace sous::app
