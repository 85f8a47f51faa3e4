#include "app/image_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxManifest = 8ULL << 20U;

/// A directory for what is needed for a while.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make(Node& node) {
    auto path = SOUS_TRY(node.files.make_temporary("sous-restore-"));
    return std::make_unique<Scratch>(node, std::move(path));
  }

  Scratch(Node& node, std::string path) : node_(node), path_(std::move(path)) {}

  ~Scratch() { static_cast<void>(node_.files.remove_tree(path_)); }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  Node& node_;
  std::string path_;
};

Result<RawManifest> checked_manifest(std::string bytes, const Digest& digest) {
  const auto facts = SOUS_TRY(codec::parse_manifest_facts(bytes, ""));
  if (facts.digest != digest) {
    return Error(
        Code::invalid_data,
        fmt::format("what is kept as {} has the digest {}", digest.str(), facts.digest.str()));
  }
  return RawManifest{digest, facts.media_type, std::move(bytes)};
}

class RegistrySource final : public ImageSource {
 public:
  RegistrySource(Node& node, ImageRepository repository, std::unique_ptr<Scratch> scratch)
      : node_(node), repository_(std::move(repository)), scratch_(std::move(scratch)) {}

  std::string name() const override { return repository_.str(); }

  std::optional<ImageRepository> repository() const override { return repository_; }

  Result<RawManifest> manifest(const Digest& digest, const Call& call) override {
    return node_.registry.manifest(repository_, digest, call);
  }

  /// By way of a file: an upload may have to read it twice.
  Result<std::unique_ptr<ByteSource>> blob(const codec::Descriptor& blob,
                                           const Call& call) override {
    const std::string path = scratch_->file("blob");
    SOUS_TRY_VOID(node_.files.remove(path));
    const auto into = SOUS_TRY(node_.files.create(path));
    SOUS_TRY_VOID(node_.registry.read_blob(repository_, blob.digest, blob.size, *into, call));
    return node_.files.open(path);
  }

 private:
  Node& node_;
  ImageRepository repository_;
  std::unique_ptr<Scratch> scratch_;
};

class LayoutSource final : public ImageSource {
 public:
  LayoutSource(Node& node, std::string directory) : node_(node), directory_(std::move(directory)) {}

  std::string name() const override { return directory_; }

  Result<RawManifest> manifest(const Digest& digest, const Call&) override {
    return checked_manifest(SOUS_TRY(node_.files.read(path_of(digest), kMaxManifest)), digest);
  }

  Result<std::unique_ptr<ByteSource>> blob(const codec::Descriptor& blob, const Call&) override {
    return node_.files.open(path_of(blob.digest));
  }

 private:
  std::string path_of(const Digest& digest) const {
    const std::string text = digest.str();
    return fmt::format("{}/blobs/{}/{}", directory_, text.substr(0, text.find(':')), digest.hex());
  }

  Node& node_;
  std::string directory_;
};

/// What an engine's storage gave.
class ExportedSource final : public ImageSource {
 public:
  ExportedSource(Node& node, RawManifest manifest, std::unique_ptr<Scratch> scratch)
      : node_(node), manifest_(std::move(manifest)), scratch_(std::move(scratch)) {}

  std::string name() const override { return "the storage of " + node_.builder.name(); }

  Result<RawManifest> manifest(const Digest& digest, const Call&) override {
    if (digest != manifest_.digest) {
      return Error(Code::not_found, fmt::format("{} keeps no {}", name(), digest.str()))
          .hinted("an engine keeps one platform of an image: name a registry or a layout");
    }
    return manifest_;
  }

  Result<std::unique_ptr<ByteSource>> blob(const codec::Descriptor& blob, const Call&) override {
    auto source = node_.files.open(scratch_->file("image/" + blob.digest.hex()));
    if (!source && source.error().code() == Code::not_found) {
      return Error(Code::not_found,
                   fmt::format("{} packs layer {} into other bytes than those that were pushed",
                               name(),
                               blob.digest.short_hex()))
          .hinted("restore from a registry or from an image layout that has the bytes themselves");
    }
    return source;
  }

 private:
  Node& node_;
  RawManifest manifest_;
  std::unique_ptr<Scratch> scratch_;
};

class Finder {
 public:
  Finder(Node& node,
         const Digest& digest,
         const std::vector<ImageRepository>& repositories,
         const Call& call)
      : node_(node), digest_(digest), repositories_(repositories), call_(call) {}

  using Found = Result<std::unique_ptr<ImageSource>>;

  Found operator()(const EngineStorage&) const {
    SOUS_TRY_VOID(node_.builder.probe(call_));
    auto scratch = SOUS_TRY(Scratch::make(node_));
    auto bytes = SOUS_TRY(node_.builder.export_image(digest_, scratch->file("image"), call_));
    auto manifest = SOUS_TRY(checked_manifest(std::move(bytes), digest_));
    return std::make_unique<ExportedSource>(node_, std::move(manifest), std::move(scratch));
  }

  Found operator()(const LayoutDirectory& layout) const {
    auto out = std::make_unique<LayoutSource>(node_, layout.path);
    SOUS_TRY_VOID(out->manifest(digest_, call_));
    return out;
  }

  Found operator()(const RegistryBase& base) const {
    std::vector<std::string> asked;
    for (const auto& repository : repositories_) {
      const auto there = node_.registry.manifest(repository, digest_, call_);
      if (there) {
        auto scratch = SOUS_TRY(Scratch::make(node_));
        return std::make_unique<RegistrySource>(node_, repository, std::move(scratch));
      }
      if (there.error().code() != Code::not_found) {
        return there.error();
      }
      asked.push_back(repository.str());
    }
    return Error(Code::not_found,
                 fmt::format("{} does not have {} either", base.str(), digest_.str()))
        .hinted("give another registry, `podman`, or the directory of an image layout")
        .detailed({fmt::format("looked for in {}", fmt::join(asked, ", "))});
  }

 private:
  Node& node_;
  const Digest& digest_;
  const std::vector<ImageRepository>& repositories_;
  const Call& call_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> find_image(Node& node,
                                                const ImagePlace& place,
                                                const Digest& digest,
                                                const std::vector<ImageRepository>& repositories,
                                                const Call& call) {
  return std::visit(Finder(node, digest, repositories, call), place);
}

}  // namespace sous::app
