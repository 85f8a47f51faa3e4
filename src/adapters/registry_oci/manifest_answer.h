#pragma once

#include <optional>
#include <string>

#include "ports/event_sink.h"
#include "ports/http_client.h"
#include "ports/registry.h"

namespace sous::registry_oci {

/// All four manifest types at once: where one is missing, registries answer 404 or silently give
/// another manifest than the one that was pushed.
const std::string& accept_manifests();

/// A 200 as a manifest: digest computed from the bytes, and checked where `key` is one; media type
/// of header and body in agreement. Fails with invalid_data.
Result<RawManifest> read_manifest(HttpResponse response,
                                  const ManifestKey& key,
                                  const std::string& host,
                                  EventSink& events);

/// The digest that a HEAD's headers name; nothing when they do not. Fails with invalid_data for
/// schema 1, whose digests do not last.
Result<std::optional<Digest>> read_head(const HttpResponse& response, const std::string& host);

/// `body` has the digest, by the digest's own algorithm. Fails with invalid_data.
Status check_digest(std::string_view body, const Digest& digest, const std::string& host);
/// The same for bytes whose digest was computed while they passed.
Status check_same(const Digest& computed, const Digest& wanted, const std::string& host);

}  // namespace sous::registry_oci
