#include "support/fake_image_builder.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace sous::support {
namespace {

constexpr std::uint32_t kMode = 0644;

Result<Digest> write_blob(FileSystem& files, const std::string& layout, const std::string& bytes) {
  const Digest digest = Digest::sha256_of(bytes);
  SOUS_TRY_VOID(files.write(fmt::format("{}/blobs/sha256/{}", layout, digest.hex()), bytes, kMode));
  return digest;
}

// The values must need no escaping.
std::string environment_json(const std::vector<std::string>& environment) {
  std::string out;
  for (const auto& variable : environment) {
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ",", variable);
  }
  return out;
}

}  // namespace

FakeImageBuilder::FakeImageBuilder(FileSystem& files, Points& points)
    : files_(files), points_(points) {}

Status FakeImageBuilder::probe(const Call&) { return ok(); }

std::vector<CommandLine> FakeImageBuilder::commands(const BuildOrder& order) const {
  return {{"fake-build", order.context}};
}

Status FakeImageBuilder::build(const BuildOrder& order,
                               const std::function<void(std::string_view line)>& on_line,
                               const Call&) {
  (void)points_.reach("builder.build");
  if (failure) {
    return *failure;
  }
  ++builds_;
  if (on_line) {
    on_line("STEP 1: FROM scratch");
  }
  orders_.push_back(order);
  if (order.keep) {
    kept_.insert(order.name);
  }
  for (const auto& [path, bytes] : files_of_image) {
    if (!order.files.empty()) {
      SOUS_TRY_VOID(files_.write(order.files + "/" + path, bytes, kMode));
    }
  }
  if (order.layout.empty()) {
    return ok();
  }
  const std::string layer = reproducible ? content : fmt::format("{} {}", content, builds_);
  const Digest layer_digest = SOUS_TRY(write_blob(files_, order.layout, layer));
  const std::string config = fmt::format(
      R"({{"architecture":"amd64","os":"linux","config":{{"Env":[{}]}},"rootfs":{{"type":"layers","diff_ids":["{}"]}}}})",
      environment_json(environment),
      layer_digest.str());
  const Digest config_digest = SOUS_TRY(write_blob(files_, order.layout, config));
  const std::string manifest = fmt::format(
      R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},)"
      R"("layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{}","size":{}}}]}})",
      config_digest.str(),
      config.size(),
      layer_digest.str(),
      layer.size());
  const Digest manifest_digest = SOUS_TRY(write_blob(files_, order.layout, manifest));
  return files_.write(
      order.layout + "/index.json",
      fmt::format(
          R"({{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{}}}]}})",
          manifest_digest.str(),
          manifest.size()),
      kMode);
}

Status FakeImageBuilder::discard(const std::string& name, const Call&) {
  (void)points_.reach("builder.discard");
  std::erase_if(kept_, [&](const std::string& image) {
    return image.starts_with("localhost/" + name + ":");
  });
  return ok();
}

Result<std::string> FakeImageBuilder::export_image(const Digest& digest,
                                                   const std::string& directory,
                                                   const Call&) {
  constexpr std::uint64_t kMost = 1ULL << 20U;
  const auto at = stored_.find(digest);
  if (at == stored_.end()) {
    return Error(Code::not_found, "no image with the digest " + digest.str());
  }
  const std::string blobs = at->second + "/blobs/sha256/";
  const auto entries = SOUS_TRY(files_.list(blobs));
  for (const auto& entry : entries) {
    const auto bytes = SOUS_TRY(files_.read(blobs + entry.name, kMost));
    SOUS_TRY_VOID(files_.write(directory + "/" + entry.name, bytes, kMode));
  }
  return files_.read(blobs + digest.hex(), kMost);
}

}  // namespace sous::support
