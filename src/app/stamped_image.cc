#include "app/stamped_image.h"

#include <utility>

#include <fmt/format.h>

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxDocument = 8ULL << 20U;

/// A document in memory as something to upload.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t taken = text_.copy(buffer.data(), buffer.size(), at_);
    at_ += taken;
    return taken;
  }

  Status seek(std::uint64_t offset) override {
    if (offset > text_.size()) {
      return Error(Code::internal, "seek past the end of a document");
    }
    at_ = offset;
    return ok();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string BuiltLayout::blob_path(const Digest& digest) const {
  return fmt::format("{}/blobs/sha256/{}", directory, digest.hex());
}

Result<BuiltLayout> read_layout(Node& node, const std::string& directory) {
  const auto index = SOUS_TRY(node.files.read(directory + "/index.json", kMaxDocument));
  const auto manifest = SOUS_TRY(codec::parse_layout_index(index));
  BuiltLayout out{.directory = directory,
                  .manifest = {},
                  .config = {},
                  .layers = {},
                  .facts = {.digest = manifest.digest}};
  out.manifest = SOUS_TRY(node.files.read(out.blob_path(manifest.digest), kMaxDocument));
  auto parsed = SOUS_TRY(codec::parse_image_manifest(out.manifest));
  out.layers = std::move(parsed.layers);
  out.config = SOUS_TRY(node.files.read(out.blob_path(parsed.config.digest), kMaxDocument));
  out.facts = SOUS_TRY(codec::parse_manifest_facts(out.manifest, codec::media::kOciManifest));
  SOUS_TRY_VOID(codec::add_config_facts(out.config, out.facts));
  return out;
}

Result<StampedImage> stamped(const BuiltLayout& layout, const ArtifactStamp& stamp) {
  const LabelMap labels = written_labels(*layout.facts.labels, stamp, *layout.facts.diff_ids);
  std::string config = SOUS_TRY(codec::with_labels(layout.config, labels));
  const Digest config_digest = Digest::sha256_of(config);
  std::string manifest = SOUS_TRY(
      codec::with_config(layout.manifest,
                         {.media_type = {}, .digest = config_digest, .size = config.size()},
                         written_annotations(layout.facts.annotations, labels, config_digest)));
  ImageFacts facts = SOUS_TRY(codec::parse_manifest_facts(manifest, codec::media::kOciManifest));
  SOUS_TRY_VOID(codec::add_config_facts(config, facts));
  RawManifest raw{facts.digest, facts.media_type, std::move(manifest)};
  return StampedImage{stamp, std::move(config), config_digest, std::move(raw), std::move(facts)};
}

Status push_image(Node& node,
                  const ImageRepository& repository,
                  const BuiltLayout& layout,
                  const StampedImage& image,
                  const Call& call) {
  for (const auto& layer : layout.layers) {
    const auto source = SOUS_TRY(node.files.open(layout.blob_path(layer.digest)));
    SOUS_TRY_VOID(node.registry
                      .push_blob(repository,
                                 {.digest = layer.digest,
                                  .size = layer.size,
                                  .source = source.get(),
                                  .mount_from = {}},
                                 call)
                      .with(fmt::format(
                          "pushing layer {} to {}", layer.digest.short_hex(), repository.str())));
  }
  TextSource config(image.config);
  SOUS_TRY_VOID(node.registry
                    .push_blob(repository,
                               {.digest = image.config_digest,
                                .size = image.config.size(),
                                .source = &config,
                                .mount_from = {}},
                               call)
                    .with(fmt::format("pushing the config to {}", repository.str())));
  return node.registry.push_manifest(repository, image.manifest, std::nullopt, call)
      .with(fmt::format("pushing the manifest to {}", repository.str()));
}

}  // namespace sous::app
