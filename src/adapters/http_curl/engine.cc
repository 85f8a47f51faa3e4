#include "adapters/http_curl/engine.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace sous::http_curl {
namespace {

constexpr long kMaxIdleConnections = 64;
// Stops wake the poll, and so do libcurl's own timers; this is only what an endless wait is cut
// into.
constexpr Duration kLongestPoll = std::chrono::minutes(1);

// What shares one host's allowance: scheme, host and port, or a unix socket.
std::string host_key(const HttpRequest& request) {
  if (!request.unix_socket.empty()) {
    return "unix:" + request.unix_socket;
  }
  const auto start = request.url.find("://");
  if (start == std::string::npos) {
    return request.url;
  }
  return request.url.substr(0, request.url.find_first_of("/?#", start + 3));
}

}  // namespace

/// The requests that have not begun, by host: in order within a host, hosts in turn.
class Engine::Waiting {
 public:
  explicit Waiting(std::span<const HttpRequest> requests) : requests_(requests) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto [at, added] = numbers_.try_emplace(host_key(requests[i]), hosts_.size());
      if (added) {
        hosts_.emplace_back();
      }
      hosts_[at->second].queue.push_back(i);
      host_of_.push_back(at->second);
    }
    left_ = requests.size();
  }

  const HttpRequest& request(std::size_t index) const { return requests_[index]; }

  bool empty() const noexcept { return left_ == 0; }

  /// The next request whose host has room; it then counts as under way.
  std::optional<std::size_t> next() {
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      Host& host = hosts_[(turn_ + i) % hosts_.size()];
      if (host.queue.empty() ||
          host.active >= std::max(1U, requests_[host.queue.front()].max_per_host)) {
        continue;
      }
      turn_ = (turn_ + i + 1) % hosts_.size();
      const std::size_t index = host.queue.front();
      host.queue.pop_front();
      ++host.active;
      --left_;
      return index;
    }
    return std::nullopt;
  }

  void ended(std::size_t index) { --hosts_[host_of_[index]].active; }

  /// Any request that has not begun.
  std::optional<std::size_t> drop() {
    for (auto& host : hosts_) {
      if (!host.queue.empty()) {
        const std::size_t index = host.queue.front();
        host.queue.pop_front();
        --left_;
        return index;
      }
    }
    return std::nullopt;
  }

 private:
  struct Host {
    std::deque<std::size_t> queue;
    std::uint32_t active = 0;
  };

  std::span<const HttpRequest> requests_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Host> hosts_;
  std::vector<std::size_t> host_of_;
  std::size_t turn_ = 0;
  std::size_t left_ = 0;
};

Engine::Engine(const CurlConfig& config, CURLSH* share, Clock& clock)
    : config_(config), share_(share), clock_(clock), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
}

Engine::~Engine() { curl_multi_cleanup(multi_); }

void Engine::run(std::span<const HttpRequest> requests,
                 const HttpClient::OnDone& done,
                 const Call& call) {
  Waiting waiting(requests);
  const std::stop_callback wake(call.stop, [this] { curl_multi_wakeup(multi_); });
  while (!waiting.empty() || !active_.empty()) {
    const MonoTime now = clock_.now();
    if (call.stop.stop_requested()) {
      end_all(waiting, done, Code::cancelled, "cancelled");
      return;
    }
    if (call.deadline.passed(now)) {
      end_all(waiting, done, Code::timeout, "the time for it was over");
      return;
    }
    start_more(waiting, done);
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
      end_all(waiting, done, Code::internal, curl_multi_strerror(code));
      return;
    }
    const bool finished = finish_some(waiting, done);
    const bool stalled = end_stalled(waiting, done, clock_.now());
    if (!finished && !stalled && !active_.empty()) {
      curl_multi_poll(multi_, nullptr, 0, poll_limit_ms(call, clock_.now()), nullptr);
    }
  }
}

void Engine::start_more(Waiting& waiting, const HttpClient::OnDone& done) {
  while (active_.size() < std::max<std::size_t>(1, config_.max_active)) {
    const auto index = waiting.next();
    if (!index) {
      return;
    }
    TransferPtr transfer;
    if (idle_.empty()) {
      transfer = std::make_unique<Transfer>(config_, share_, clock_);
    } else {
      transfer = std::move(idle_.back());
      idle_.pop_back();
    }
    const HttpRequest& request = waiting.request(*index);
    auto begun = request.before ? request.before() : ok();
    if (begun.has_value()) {
      begun = transfer->begin(request, *index);
    }
    if (begun.has_value() && curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
      begun = Error(Code::internal, "libcurl does not take a request");
    }
    if (begun.has_value()) {
      active_.push_back(std::move(transfer));
    } else {
      idle_.push_back(std::move(transfer));
      waiting.ended(*index);
      done(*index, std::move(begun.error()));
    }
  }
}

Engine::TransferPtr Engine::take_off(std::size_t position) {
  TransferPtr transfer = std::move(active_[position]);
  active_[position] = std::move(active_.back());
  active_.pop_back();
  curl_multi_remove_handle(multi_, transfer->easy());
  return transfer;
}

bool Engine::finish_some(Waiting& waiting, const HttpClient::OnDone& done) {
  bool any = false;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    const CURL* easy = message->easy_handle;
    const auto at = std::ranges::find_if(active_, [&](auto& t) { return t->easy() == easy; });
    if (at == active_.end()) {
      continue;
    }
    any = true;
    TransferPtr transfer = take_off(static_cast<std::size_t>(at - active_.begin()));
    auto result = transfer->finish(code);
    const std::size_t index = transfer->index();
    idle_.push_back(std::move(transfer));
    waiting.ended(index);
    done(index, std::move(result));
  }
  return any;
}

bool Engine::end_stalled(Waiting& waiting, const HttpClient::OnDone& done, MonoTime now) {
  bool any = false;
  for (std::size_t i = active_.size(); i-- > 0;) {
    if (now < active_[i]->stalls_at()) {
      continue;
    }
    any = true;
    TransferPtr transfer = take_off(i);
    const std::size_t index = transfer->index();
    Error error = transfer->give_up(
        Code::timeout,
        fmt::format("no byte came for {}", format_duration(waiting.request(index).stall_limit)));
    idle_.push_back(std::move(transfer));
    waiting.ended(index);
    done(index, std::move(error));
  }
  return any;
}

void Engine::end_all(Waiting& waiting, const HttpClient::OnDone& done, Code code, const char* why) {
  while (!active_.empty()) {
    TransferPtr transfer = take_off(active_.size() - 1);
    Error error = transfer->give_up(code, why);
    const std::size_t index = transfer->index();
    idle_.push_back(std::move(transfer));
    done(index, std::move(error));
  }
  while (const auto index = waiting.drop()) {
    done(*index, Error(code, why).with(waiting.request(*index).method + " (not begun)"));
  }
}

int Engine::poll_limit_ms(const Call& call, MonoTime now) const {
  Duration limit = kLongestPoll;
  if (const auto left = call.deadline.left(now)) {
    limit = std::min(limit, *left);
  }
  for (const auto& transfer : active_) {
    limit = std::min(limit, transfer->stalls_at() - now);
  }
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(limit, Duration::zero())).count());
}

}  // namespace sous::http_curl
