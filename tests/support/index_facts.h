#pragma once

#include <string>
#include <vector>

#include "model/image_facts.h"
#include "model/labels.h"

namespace sous::support {

/// Facts as a registry would give them of an image that Sous built. `salt` makes the digest.
inline ImageFacts sous_facts(const std::string& source_id, const std::string& salt) {
  const ArtifactStamp stamp{
      .source = SourceId::parse(source_id).value(),
      .revision = Revision::parse("91495f1b1630084e301241100ecf2e775f6b672c").value(),
      .advisories = {KnownAdvisory::dirty_workspace},
      .built_at = parse_rfc3339("2026-01-02T03:04:05.000006Z").value(),
      .rebuild_of = Digest::sha256_of("canonical")};
  const std::vector<Digest> diff_ids{Digest::sha256_of("layer 1 " + salt),
                                     Digest::sha256_of("layer 2")};
  ImageFacts facts{.digest = Digest::sha256_of("manifest " + salt)};
  facts.media_type = "application/vnd.oci.image.manifest.v1+json";
  facts.manifest_size = 1234;
  facts.config_digest = Digest::sha256_of("config " + salt);
  facts.labels = written_labels({{"maintainer", "somebody"}}, stamp, diff_ids);
  facts.annotations = written_annotations({}, *facts.labels, *facts.config_digest);
  facts.diff_ids = diff_ids;
  facts.created = parse_rfc3339("2026-01-02T00:00:00Z").value();
  return facts;
}

/// The same facts as they are when only the manifest was read.
inline ImageFacts without_config(ImageFacts facts) {
  facts.labels.reset();
  facts.diff_ids.reset();
  facts.created.reset();
  return facts;
}

}  // namespace sous::support
