#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/locked.h"
#include "base/time.h"
#include "ports/http_client.h"

namespace sous::registry_oci {

/// How many more requests hosts said they will answer (`ratelimit-limit: 100;w=21600`,
/// `ratelimit-remaining: 42;w=21600`). Thread-safe.
class Allowances {
 public:
  /// Learns from an answer. True when it says that nothing is left.
  bool learn(const std::string& host, const HttpResponse& response, MonoTime now);

  /// How many requests somebody who asks much may still send: a tenth is kept for others. Absent
  /// when the host says nothing.
  std::optional<std::uint64_t> for_many(const std::string& host, MonoTime now);

 private:
  struct Allowance {
    std::uint64_t limit = 0;
    std::uint64_t left = 0;
    MonoTime ends;  // when it is said anew
  };

  Locked<std::map<std::string, Allowance>> known_;
};

}  // namespace sous::registry_oci
