#pragma once

#include <cstdint>
#include <string>

#include "model/image_facts.h"
#include "support/fake_registry.h"

namespace sous::support {

/// Who made an image, and so how it says what it is.
enum class Maker : std::uint8_t {
  sous,         // labels, mirrored as annotations with their proof: the manifest is enough
  sous_labels,  // labels alone, as after a tool that drops annotations: the config is needed
  original,     // the original's labels on a docker schema 2 image
  stranger,     // no labels of Sous
};

/// An image as its documents. Real enough for a registry: digests and sizes agree.
struct MadeImage {
  std::string layer;
  std::string config;
  std::string manifest;
  std::string media_type;
  Digest digest = Digest::sha256_of("");         // of the manifest
  Digest config_digest = Digest::sha256_of("");  // of the config
};

/// An image of a source ID; `salt` makes it another one.
MadeImage make_image(Maker maker, const std::string& source_id, const std::string& salt);

/// An index of one image for linux/amd64.
MadeImage make_index(const MadeImage& image);

/// Puts an image, with all its parts, into a registry in memory.
void put_image(FakeRegistry& registry,
               const ImageRepository& repository,
               const MadeImage& image,
               const std::string& tag);

}  // namespace sous::support
