#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "app/node.h"
#include "codec/oci.h"

namespace sous::app {

/// Where an image may still be. All that is read is checked by its digest, here or by the registry
/// that it goes to. One thread at a time.
class ImageSource {
 public:
  virtual ~ImageSource() = default;

  /// For people.
  virtual std::string name() const = 0;
  /// Fails with not_found.
  virtual Result<RawManifest> manifest(const Digest& digest, const Call& call) = 0;
  /// One blob at a time: the next call ends the life of what the last one gave. Fails with
  /// not_found.
  virtual Result<std::unique_ptr<ByteSource>> blob(const codec::Descriptor& blob,
                                                   const Call& call) = 0;

  /// Where a registry of the same host can take blobs from by itself, if anywhere.
  virtual std::optional<ImageRepository> repository() const { return std::nullopt; }
};

/// The storage of the engines of this machine.
struct EngineStorage {};

/// An OCI image layout in a directory (absolute).
struct LayoutDirectory {
  std::string path;
};

using ImagePlace = std::variant<EngineStorage, LayoutDirectory, RegistryBase>;

/// The image `digest` at a place. `repositories` are its names in a registry of another host or
/// prefix, tried in this order. Fails with not_found, which tells where it was looked for.
Result<std::unique_ptr<ImageSource>> find_image(Node& node,
                                                const ImagePlace& place,
                                                const Digest& digest,
                                                const std::vector<ImageRepository>& repositories,
                                                const Call& call);

}  // namespace sous::app
