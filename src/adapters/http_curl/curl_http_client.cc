#include "adapters/http_curl/curl_http_client.h"

#include <optional>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "adapters/http_curl/engine.h"
#include "adapters/http_curl/share.h"
#include "base/locked.h"

namespace sous::http_curl {
namespace {

constexpr std::size_t kMaxIdleEngines = 8;

void initialise_libcurl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

}  // namespace

struct CurlHttpClient::Impl {
  Impl(CurlConfig given, Clock& the_clock) : config(std::move(given)), clock(the_clock) {}

  std::unique_ptr<Engine> borrow() {
    {
      auto guard = idle.lock();
      auto& engines = *guard;
      if (!engines.empty()) {
        auto engine = std::move(engines.back());
        engines.pop_back();
        return engine;
      }
    }
    return std::make_unique<Engine>(config, share.get(), clock);
  }

  void give_back(std::unique_ptr<Engine> engine) {
    auto guard = idle.lock();
    auto& engines = *guard;
    if (engines.size() < kMaxIdleEngines) {
      engines.push_back(std::move(engine));
    }
  }

  CurlConfig config;
  Clock& clock;
  Share share;
  Locked<std::vector<std::unique_ptr<Engine>>> idle;  // goes before `share`
};

CurlHttpClient::CurlHttpClient(CurlConfig config, Clock& clock) {
  initialise_libcurl();
  impl_ = std::make_unique<Impl>(std::move(config), clock);
}

CurlHttpClient::~CurlHttpClient() = default;

Result<HttpResponse> CurlHttpClient::send(const HttpRequest& request, const Call& call) {
  std::optional<Result<HttpResponse>> out;
  send_all(
      std::span(&request, 1),
      [&](std::size_t, Result<HttpResponse> result) { out.emplace(std::move(result)); },
      call);
  return out ? std::move(*out) : Error(Code::internal, "a request ended without a result");
}

void CurlHttpClient::send_all(std::span<const HttpRequest> requests,
                              const OnDone& done,
                              const Call& call) {
  auto engine = impl_->borrow();
  engine->run(requests, done, call);
  impl_->give_back(std::move(engine));
}

}  // namespace sous::http_curl
