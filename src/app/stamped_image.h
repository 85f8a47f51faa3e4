#pragma once

#include <string>
#include <vector>

#include "app/node.h"
#include "codec/oci.h"
#include "model/labels.h"

namespace sous::app {

/// An image as an engine left it: an OCI layout in a directory.
struct BuiltLayout {
  std::string directory;
  std::string manifest;  // document
  std::string config;    // document
  std::vector<codec::Descriptor> layers;
  ImageFacts facts;  // as the engine wrote it

  std::string blob_path(const Digest& digest) const;
};

Result<BuiltLayout> read_layout(Node& node, const std::string& directory);

/// The same image with Sous's labels and annotations (design.md sections 4 and 8): only config and
/// manifest are other documents, so no second build is needed.
struct StampedImage {
  ArtifactStamp stamp;
  std::string config;
  Digest config_digest;
  RawManifest manifest;
  ImageFacts facts;
};

Result<StampedImage> stamped(const BuiltLayout& layout, const ArtifactStamp& stamp);

}  // namespace sous::app
