#include "app/push_image.h"

#include <utility>

#include <fmt/format.h>

namespace sous::app {
namespace {

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

std::string megabytes(std::uint64_t bytes) {
  constexpr double kMegabyte = 1e6;
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / kMegabyte);
}

/// Tells of the layers that have to be sent, of large ones also each quarter.
class LayerTalk {
 public:
  LayerTalk(const PushTalk& talk, std::size_t layers) : talk_(talk), layers_(layers) {}

  /// What to tell of one layer's bytes.
  std::function<void(std::uint64_t)> progress_of(std::size_t n, const codec::Descriptor& layer) {
    constexpr std::uint64_t kLarge = 16ULL << 20U;
    if (!talk_ || layer.size < kLarge) {
      return {};
    }
    return [this, n, layer, told = std::uint64_t{0}](std::uint64_t sent) mutable {
      const std::uint64_t quarter = sent * 4 / layer.size;
      if (quarter > told && quarter < 4) {
        talk_(fmt::format("{}: {} of it sent", name(n, layer), megabytes(sent)));
      }
      told = quarter;
    };
  }

  void done(std::size_t n, const codec::Descriptor& layer, BlobOutcome outcome) {
    sent_ += outcome == BlobOutcome::uploaded ? 1U : 0U;
    if (talk_ && outcome == BlobOutcome::uploaded) {
      talk_(name(n, layer) + ": sent");
    }
  }

  void all_done() const {
    if (talk_ && sent_ < layers_) {
      talk_(fmt::format("{} of {} layers were there already", layers_ - sent_, layers_));
    }
  }

 private:
  std::string name(std::size_t n, const codec::Descriptor& layer) const {
    return fmt::format(
        "layer {} of {}, {}, {}", n + 1, layers_, layer.digest.short_hex(), megabytes(layer.size));
  }

  const PushTalk& talk_;
  std::size_t layers_;
  std::size_t sent_ = 0;
};

Status push_layers(Node& node,
                   const ImageRepository& repository,
                   const BuiltLayout& layout,
                   const PushTalk& talk,
                   const Call& call) {
  LayerTalk layers(talk, layout.layers.size());
  for (std::size_t n = 0; n < layout.layers.size(); ++n) {
    const auto& layer = layout.layers[n];
    const auto source = SOUS_TRY(node.files.open(layout.blob_path(layer.digest)));
    const auto outcome =
        SOUS_TRY(node.registry
                     .push_blob(repository,
                                {.digest = layer.digest,
                                 .size = layer.size,
                                 .source = source.get(),
                                 .mount_from = {},
                                 .progress = layers.progress_of(n, layer)},
                                call)
                     .with(fmt::format(
                         "pushing layer {} to {}", layer.digest.short_hex(), repository.str())));
    layers.done(n, layer, outcome);
  }
  layers.all_done();
  return ok();
}

}  // namespace

Status push_image(Node& node,
                  const ImageRepository& repository,
                  const BuiltLayout& layout,
                  const StampedImage& image,
                  const PushTalk& talk,
                  const Call& call) {
  SOUS_TRY_VOID(push_layers(node, repository, layout, talk, call));
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
