#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/registry_oci/oci_config.h"
#include "base/locked.h"
#include "base/result.h"
#include "ports/call.h"
#include "ports/executor.h"

namespace sous::registry_oci {

/// A few questions, as a deploy asks them, or many, as a scan does.
enum class Traffic : std::uint8_t { few, many };

/// How many requests each host has under way at once, over all threads. Those who ask much take
/// turns in the places of a host; a few more are kept for those who ask little, who so never wait
/// for a scan. Thread-safe.
class Lanes {
 public:
  Lanes(const OciConfig& config, Executor& executor) : config_(config), executor_(executor) {}

  /// Takes up to `wanted` places at a host; waits for the first. Fails with timeout, cancelled.
  Result<std::uint32_t> enter(const std::string& host,
                              Traffic traffic,
                              std::uint32_t wanted,
                              const Call& call);
  /// The same without waiting; 0 when there is no place.
  std::uint32_t try_enter(const std::string& host, Traffic traffic, std::uint32_t wanted);
  void leave(const std::string& host, std::uint32_t places);

 private:
  struct Waiter {
    std::shared_ptr<Signal> signal;
    Traffic traffic = Traffic::few;
  };

  using Signals = std::vector<std::shared_ptr<Signal>>;

  struct Lane {
    std::uint32_t busy = 0;
    std::deque<Waiter*> waiting;
  };

  std::uint32_t free_places(const Lane& lane, Traffic traffic) const;
  /// Takes places unless somebody else of the same kind is before `me`.
  std::uint32_t take(Lane& lane, Traffic traffic, std::uint32_t wanted, const Waiter* me) const;
  /// Of all who wait; to be notified without the lock.
  static Signals signals_of(const Lane& lane);
  Signals remove(const std::string& host, const Waiter* waiter);

  const OciConfig& config_;
  Executor& executor_;
  Locked<std::map<std::string, Lane>> lanes_;
};

/// Places that were taken, given back on destruction.
class Places {
 public:
  explicit Places(Lanes& lanes) : lanes_(lanes) {}

  ~Places() {
    for (const auto& [host, count] : held_) {
      lanes_.leave(host, count);
    }
  }

  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  bool empty() const { return held_.empty(); }

  void add(const std::string& host, std::uint32_t count) { held_[host] += count; }

  /// Whether it was asked for places at the host, and how many there are.
  const std::uint32_t* at(const std::string& host) const {
    const auto found = held_.find(host);
    return found == held_.end() ? nullptr : &found->second;
  }

 private:
  Lanes& lanes_;
  std::map<std::string, std::uint32_t> held_;
};

}  // namespace sous::registry_oci
