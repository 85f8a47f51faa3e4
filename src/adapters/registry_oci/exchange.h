#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/registry_oci/allowances.h"
#include "adapters/registry_oci/auth.h"
#include "adapters/registry_oci/hosts.h"
#include "adapters/registry_oci/lanes.h"
#include "adapters/registry_oci/oci_config.h"
#include "base/locked.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/event_sink.h"
#include "ports/http_client.h"
#include "ports/rng.h"

namespace sous::registry_oci {

/// One question to a registry, before login, waiting and redirects.
struct Ask {
  std::string url;
  std::string method = "GET";
  Headers headers;
  std::string body;
  ByteSource* upload = nullptr;
  std::uint64_t upload_size = 0;
  ByteSink* sink = nullptr;  // where the body of a 2xx answer goes; begins anew with each attempt
  std::uint64_t max_body = 8ULL << 20U;
  /// Whether it may be sent again when it is not known what came of it.
  bool repeatable = true;
  /// For a URL on another host, which a registry gave us: no login there, and what it must not lead
  /// to.
  bool elsewhere = false;
  AddressKinds refused_addresses;
};

/// Sends questions politely: logs in, follows redirects by the rules, honours a host's wish to
/// wait, tries again when the failure may pass, and never sends more than a host can take. The
/// result is the last answer, whatever its status. Thread-safe.
class Exchange {
 public:
  using OnDone = std::function<void(std::size_t index, Result<HttpResponse>)>;

  Exchange(const OciConfig& config,
           HttpClient& http,
           Credentials& credentials,
           Clock& clock,
           Rng& rng,
           Executor& executor,
           EventSink& events);

  Result<HttpResponse> send(const Audience& audience, Ask ask, const Call& call);
  /// Calls `done` once for each, on this thread.
  void send_all(const Audience& audience,
                std::vector<Ask> asks,
                const OnDone& done,
                const Call& call);

  /// Makes the next question to the URL's host wait, after `failures` (1 or more) failed attempts
  /// that only the caller can repeat.
  void back_off(const std::string& url, std::uint32_t failures);

  /// Leaves the URL's host alone for so long. Impatient questions do not wait for its end.
  void rest(const std::string& url, Duration wait);
  bool rests(const std::string& url);

  const Hosts& hosts() const noexcept { return hosts_; }

  std::uint64_t requests_sent() const noexcept { return requests_; }

 private:
  class Run;

  Duration backoff(std::uint32_t attempt);
  /// When the host may be asked again.
  MonoTime ready_at(const std::string& authority);
  void hold(const std::string& authority, Duration wait);

  const OciConfig& config_;
  HttpClient& http_;
  Clock& clock_;
  Rng& rng_;
  EventSink& events_;
  std::atomic<std::uint64_t> requests_{0};
  Hosts hosts_;
  Auth auth_;
  Lanes lanes_;
  Allowances allowances_;
  Locked<std::map<std::string, MonoTime>> held_;
};

}  // namespace sous::registry_oci
