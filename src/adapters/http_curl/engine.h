#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <curl/curl.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/http_curl/transfer.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::http_curl {

/// One multi handle with its connections and the easy handles that run on it. One thread at a time.
class Engine {
 public:
  Engine(const CurlConfig& config, CURLSH* share, Clock& clock);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs the requests to their end and calls `done` once for each.
  void run(std::span<const HttpRequest> requests, const HttpClient::OnDone& done, const Call& call);

 private:
  class Waiting;
  using TransferPtr = std::unique_ptr<Transfer>;

  void start_more(Waiting& waiting, const HttpClient::OnDone& done);
  bool finish_some(Waiting& waiting, const HttpClient::OnDone& done);
  bool end_stalled(Waiting& waiting, const HttpClient::OnDone& done, MonoTime now);
  void end_all(Waiting& waiting, const HttpClient::OnDone& done, Code code, const char* why);
  TransferPtr take_off(std::size_t position);
  int poll_limit_ms(const Call& call, MonoTime now) const;

  const CurlConfig& config_;
  CURLSH* share_;
  Clock& clock_;
  CURLM* multi_;
  std::vector<TransferPtr> active_;
  std::vector<TransferPtr> idle_;
};

}  // namespace sous::http_curl
