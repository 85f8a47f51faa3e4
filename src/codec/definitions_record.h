#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/flaw.h"
#include "model/gdm.h"

namespace sous::codec {

/// The definitions, `defs.yaml`, as text (docs/formats/definitions.md). `path` names the text in
/// messages. Fails with invalid_data, every problem a detail; unknown fields are ignored.
Result<Decoded<Definitions>> decode_definitions(const std::string& path, std::string_view text);

/// The canonical text; for new ones. An existing text is edited, never rewritten.
std::string encode_definitions(const Definitions& definitions);

/// Edits of the definitions' text; all else in it stays as it is. They fail as those of a manifest.
/// Fails with already_exists when there is a cluster of that name.
Result<std::string> add_cluster(std::string_view text, const ClusterDefinition& cluster);
Result<std::string> remove_cluster(std::string_view text, const ClusterName& cluster);
/// Sets one text field of a cluster, e.g. BaseURL or Registry; removes it where there is no value.
Result<std::string> set_cluster_text(std::string_view text,
                                     const ClusterName& cluster,
                                     std::string_view field,
                                     const std::optional<std::string>& value);

/// Sets what a cluster allows; advisories are added to the list where only some came to it.
Result<std::string> set_cluster_advisories(std::string_view text,
                                           const ClusterName& cluster,
                                           const Advisories& advisories);

/// What `sous.yaml` says: which format the records have, and whose they are.
struct GdmFormat {
  static constexpr std::uint64_t kNewest = 1;

  std::uint64_t format = kNewest;
  GdmId id;

  friend bool operator==(const GdmFormat&, const GdmFormat&) = default;
};

/// Fails with invalid_data also for a format that is newer than kNewest.
Result<GdmFormat> decode_format(const std::string& path, std::string_view text);
std::string encode_format(const GdmFormat& format);

}  // namespace sous::codec
