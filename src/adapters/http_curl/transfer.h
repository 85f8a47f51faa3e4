#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/http_curl/target.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::http_curl {

/// One exchange at a time on one easy handle, which is used again for the next. All callbacks of
/// libcurl run on the thread of the engine.
class Transfer {
 public:
  Transfer(const CurlConfig& config, CURLSH* share, Clock& clock);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const noexcept { return easy_.get(); }

  /// Sets the handle up for `request`, which must outlive the exchange.
  Status begin(const HttpRequest& request, std::size_t index);
  /// What came of it, once libcurl is done with the handle.
  Result<HttpResponse> finish(CURLcode code);
  /// The same when it was ended from outside.
  Error give_up(Code code, std::string why) const;

  std::size_t index() const noexcept { return index_; }

  /// When the exchange ends for lack of any byte.
  MonoTime stalls_at() const { return last_activity_ + request_->stall_limit; }

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };

  struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* buffer, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  Status set_headers();
  void set_connection(const std::string& proxy);
  void set_body();
  void take_header(std::string_view line);
  bool take_body(std::string_view piece);
  bool address_is_refused(const char* numeric);

  void touch() { last_activity_ = clock_.now(); }

  std::string what() const;

  const CurlConfig& config_;
  CURLSH* share_;
  Clock& clock_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  // The exchange under way.
  const HttpRequest* request_ = nullptr;
  Target target_;
  std::size_t index_ = 0;
  HttpResponse response_;
  std::optional<Error> failure_;  // raised in a callback; says more than libcurl's code
  std::uint64_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t sent_ = 0;
  bool direct_ = true;  // a TCP connection of our own, not a proxy's
  MonoTime last_activity_;
};

}  // namespace sous::http_curl
