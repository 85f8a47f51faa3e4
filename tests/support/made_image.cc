#include "support/made_image.h"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "codec/oci.h"
#include "model/labels.h"

namespace sous::support {
namespace {

namespace json = boost::json;

LabelMap labels_of(Maker maker, const std::string& source_id, const Digest& diff_id) {
  if (maker == Maker::stranger) {
    return {{"maintainer", "somebody"}};
  }
  const ArtifactStamp stamp{
      .source = SourceId::parse(source_id).value(),
      .revision = Revision::parse("91495f1b1630084e301241100ecf2e775f6b672c").value(),
      .advisories = {},
      .built_at = parse_rfc3339("2026-01-02T03:04:05.000006Z").value(),
      .rebuild_of = {}};
  LabelMap all = written_labels({{"maintainer", "somebody"}}, stamp, {diff_id});
  if (maker != Maker::original) {
    return all;
  }
  LabelMap out{{std::string(label::kAdvisories), ""}};
  for (const auto key : {label::kRepoUrl, label::kRepoOffset, label::kVersion, label::kRevision}) {
    out.insert(*all.find(key));
  }
  return out;
}

json::object texts(const LabelMap& map) {
  json::object out;
  for (const auto& [key, value] : map) {
    out[key] = value;
  }
  return out;
}

json::object descriptor(std::string_view media_type, const std::string& bytes) {
  return {{"mediaType", media_type},
          {"digest", Digest::sha256_of(bytes).str()},
          {"size", bytes.size()}};
}

}  // namespace

MadeImage make_image(Maker maker, const std::string& source_id, const std::string& salt) {
  const bool docker = maker == Maker::original;
  MadeImage out;
  out.layer = "layer " + salt;
  const Digest diff_id = Digest::sha256_of(out.layer);
  const LabelMap labels = labels_of(maker, source_id, diff_id);
  out.config = json::serialize(json::object{
      {"architecture", "amd64"},
      {"os", "linux"},
      {"created", "2026-01-02T00:00:00Z"},
      {"config", json::object{{"Labels", texts(labels)}}},
      {"rootfs",
       json::object{{"type", "layers"}, {"diff_ids", json::array{json::string(diff_id.str())}}}}});
  out.config_digest = Digest::sha256_of(out.config);
  out.media_type = docker ? codec::media::kDockerManifest : codec::media::kOciManifest;
  json::object manifest{
      {"schemaVersion", 2},
      {"mediaType", out.media_type},
      {"config",
       descriptor(docker ? codec::media::kDockerConfig : codec::media::kOciConfig, out.config)},
      {"layers",
       json::array{descriptor(docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
                                     : "application/vnd.oci.image.layer.v1.tar",
                              out.layer)}}};
  if (maker == Maker::sous) {
    manifest["annotations"] = texts(written_annotations({}, labels, out.config_digest));
  }
  out.manifest = json::serialize(manifest);
  out.digest = Digest::sha256_of(out.manifest);
  return out;
}

MadeImage make_index(const MadeImage& image) {
  json::object child = descriptor(image.media_type, image.manifest);
  child["platform"] = json::object{{"architecture", "amd64"}, {"os", "linux"}};
  MadeImage out = image;
  out.media_type = codec::media::kOciIndex;
  out.manifest = json::serialize(json::object{{"schemaVersion", 2},
                                              {"mediaType", out.media_type},
                                              {"manifests", json::array{std::move(child)}}});
  out.digest = Digest::sha256_of(out.manifest);
  return out;
}

void put_image(FakeRegistry& registry,
               const ImageRepository& repository,
               const MadeImage& image,
               const std::string& tag) {
  registry.put_blob(repository, image.layer);
  registry.put_blob(repository, image.config);
  registry.put_manifest(repository, image.media_type, image.manifest, ImageTag::parse(tag).value());
}

}  // namespace sous::support
