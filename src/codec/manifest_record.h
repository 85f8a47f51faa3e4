#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/flaw.h"
#include "model/manifest.h"

namespace sous::codec {

/// A manifest as text (docs/formats/manifest.md). `path` names the text in messages. Fails with
/// invalid_data, every problem a detail with line:column; fields that are not known are ignored.
Result<Decoded<Manifest>> decode_manifest(const std::string& path, std::string_view text);

/// The canonical text of a manifest; for new ones. An existing text is edited, never rewritten.
std::string encode_manifest(const Manifest& manifest);

/// Edits of a manifest's text; all else in it stays as it is, comments and layout included. They
/// fail with invalid_data when the text is no manifest before or after, with not_found when it has
/// no deployment to that cluster, and with unsupported where an edit in place is not possible.
Result<std::string> set_deployment_version(std::string_view text,
                                           const ClusterName& cluster,
                                           const Version& version);
Result<std::string> set_num_instances(std::string_view text,
                                      const ClusterName& cluster,
                                      std::uint32_t instances);
/// Sets one entry of a deployment's Env, Metadata or Resources (`map`); removes it where there is
/// no value.
Result<std::string> set_deployment_text(std::string_view text,
                                        const ClusterName& cluster,
                                        std::string_view map,
                                        std::string_view key,
                                        const std::optional<std::string>& value);
/// Fails with already_exists when there is a deployment to that cluster.
Result<std::string> add_deployment(std::string_view text,
                                   const ClusterName& cluster,
                                   const DeploySpec& spec);
Result<std::string> remove_deployment(std::string_view text, const ClusterName& cluster);

}  // namespace sous::codec
