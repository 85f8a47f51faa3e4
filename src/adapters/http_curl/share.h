#pragma once

#include <array>
#include <mutex>

#include <curl/curl.h>

namespace sous::http_curl {

/// What all engines have in common: the DNS cache and TLS sessions. Connections are not shared,
/// since libcurl 7.88 does not do that safely between threads. Outlives every handle that uses it.
class Share {
 public:
  Share();
  ~Share();
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  CURLSH* get() const noexcept { return share_; }

 private:
  static void lock(CURL*, curl_lock_data data, curl_lock_access, void* self);
  static void unlock(CURL*, curl_lock_data data, void* self);

  CURLSH* share_ = nullptr;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_;
};

}  // namespace sous::http_curl
