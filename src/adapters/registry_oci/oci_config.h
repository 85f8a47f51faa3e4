#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/image_ref.h"

namespace sous::registry_oci {

/// `at` may be pulled from what is below `of`, by digest: it is never asked what a tag means or
/// which tags there are.
struct Mirror {
  RegistryBase of;
  RegistryBase at;
};

struct OciConfig {
  /// `host[:port]` of registries, token services and storage that are spoken to without TLS.
  /// Loopback hosts are, unless they stand in `tls_hosts`.
  std::vector<std::string> plain_http_hosts;
  std::vector<std::string> tls_hosts;
  /// Host names to which a registry may lead us whatever addresses they have.
  std::vector<std::string> trusted_targets;
  /// Asked in this order, before the registry itself.
  std::vector<Mirror> mirrors;
  /// How long a mirror that failed is passed over, and how long one may be silent.
  Duration mirror_rest = std::chrono::seconds(60);
  Duration mirror_stall_limit = std::chrono::seconds(5);
  /// What one host has under way at once, over all threads; and how many more for those who ask
  /// little, so that a deploy does not wait for a scan.
  std::uint32_t requests_per_host = 8;
  std::uint32_t reserved_per_host = 2;
  /// Batches of more than so many questions are a scan's.
  std::size_t small_batch = 16;
  /// How often one request is sent at most when the other side fails for the moment.
  std::uint32_t max_attempts = 5;
  Duration first_wait = std::chrono::milliseconds(250);
  /// Of our own choosing, and the longest Retry-After that is waited for.
  Duration longest_wait = std::chrono::seconds(60);
  Duration stall_limit = std::chrono::seconds(30);
  std::uint32_t max_redirects = 5;
  std::uint32_t page_size = 1000;
  std::uint32_t max_pages = 20000;
  std::uint64_t max_page_bytes = 32ULL << 20U;
  std::uint64_t max_manifest_bytes = 8ULL << 20U;
};

}  // namespace sous::registry_oci
