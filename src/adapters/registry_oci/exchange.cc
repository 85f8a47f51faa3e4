#include "adapters/registry_oci/exchange.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/retry_after.h"
#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::size_t kFirstWave = 32;
constexpr std::size_t kLargestWave = 1024;
// No HTTP client fails with this code of itself.
constexpr Code kHeldBack = Code::blocked;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_pass(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// Nothing was done: sending it again cannot do it twice.
bool was_turned_away(int status) { return status == 429 || status == 503; }

std::string authority_of(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed.has_value() ? parsed->authority : std::string();
}

}  // namespace

/// One batch on its way to its end.
class Exchange::Run {
 public:
  Run(Exchange& exchange,
      const Audience& audience,
      std::vector<Ask> asks,
      const OnDone& done,
      const Call& call)
      : exchange_(exchange),
        audience_(audience),
        asks_(std::move(asks)),
        done_(done),
        call_(call),
        traffic_(asks_.size() > exchange.config_.small_batch ? Traffic::many : Traffic::few) {
    for (std::size_t i = 0; i < asks_.size(); ++i) {
      pending_.push_back(State{
          .index = i, .authority = authority_of(asks_[i].url), .elsewhere = asks_[i].elsewhere});
    }
  }

  void run() {
    std::size_t size = kFirstWave;
    std::uint32_t futile = 0;
    while (!pending_.empty()) {
      if (auto ready = wait_until_ready(); !ready.has_value()) {
        end_all(ready.error());
        return;
      }
      troubled_ = false;
      answered_ = false;
      // While the host's way of login is not known, one request finds out for all.
      const bool known = exchange_.auth_.knows(audience_.host);
      if (auto login = log_in(); login.has_value()) {
        if (auto sent = send_wave(known ? size : 1); !sent.has_value()) {
          end_all(sent.error());
          return;
        }
      } else if (!take_login_failure(login.error())) {
        end_all(login.error());
        return;
      }
      // A host that answers nothing at all is not worn down with the rest of the batch.
      futile = troubled_ && !answered_ ? futile + 1 : 0;
      if (futile >= max_attempts()) {
        end_all(Error(Code::unavailable,
                      fmt::format("{} did not answer {} times in a row", audience_.host, futile)));
        return;
      }
      size = troubled_ ? std::max<std::size_t>(1, exchange_.config_.requests_per_host)
                       : std::min(size * 2, kLargestWave);
    }
  }

 private:
  struct State {
    std::size_t index = 0;
    std::string authority;
    std::uint32_t attempt = 0;
    std::uint32_t hops = 0;
    bool elsewhere = false;  // led to another host: no login there
    bool logged_in = false;  // a 401 was answered once
    std::string authorization{};
    std::optional<Result<HttpResponse>> last{};
  };

  Status wait_until_ready() {
    MonoTime earliest = MonoTime::max();
    const MonoTime now = exchange_.clock_.now();
    for (const auto& state : pending_) {
      earliest = std::min(earliest, exchange_.ready_at(state.authority));
      if (earliest <= now) {
        return ok();
      }
    }
    const Duration wait = earliest - now;
    if (!audience_.patient) {
      return Error(Code::unavailable, fmt::format("{} is not waited for", audience_.host));
    }
    const auto left = call_.deadline.left(now);
    if (left && *left <= wait) {
      return Error(Code::rate_limited,
                   fmt::format("{} is to be left alone for {}, longer than there is time",
                               audience_.host,
                               format_duration(wait)));
    }
    return exchange_.clock_.sleep(wait, call_);
  }

  Status log_in() {
    const bool needed =
        std::ranges::any_of(pending_, [](const auto& state) { return !state.elsewhere; });
    authorization_.clear();
    if (needed) {
      authorization_ = SOUS_TRY(exchange_.auth_.authorization(audience_, call_));
    }
    return ok();
  }

  // Whether a failed login may be tried again; the host then waits.
  bool take_login_failure(const Error& error) {
    if (is_over() || !is_transient(error.code())) {
      return false;
    }
    troubled_ = true;
    if (++failed_logins_ >= max_attempts()) {
      return false;
    }
    exchange_.hold(pending_.front().authority, exchange_.backoff(failed_logins_));
    return true;
  }

  std::uint32_t max_attempts() const {
    return audience_.patient ? exchange_.config_.max_attempts : 1;
  }

  bool is_over() const {
    return call_.stop.stop_requested() || call_.deadline.passed(exchange_.clock_.now());
  }

  // What is left of the host's allowance for a scan; the rest is a deploy's.
  Result<std::size_t> allowed(std::size_t size) const {
    if (traffic_ == Traffic::few) {
      return size;
    }
    const auto left = exchange_.allowances_.for_many(audience_.host, exchange_.clock_.now());
    if (left && *left == 0) {
      return Error(
                 Code::rate_limited,
                 fmt::format("{} will soon refuse requests, and the last ones are kept for deploys",
                             audience_.host))
          .hinted(fmt::format("try again later, or log in: podman login {}", audience_.host));
    }
    return left ? static_cast<std::size_t>(std::min<std::uint64_t>(*left, size)) : size;
  }

  // Whether a request may go to the host in this wave. For the first host of a wave a place is
  // waited for; nobody waits for a second one while holding the first.
  Result<bool> has_place(Places& places, const std::string& host, bool is_first) {
    const std::uint32_t wanted = exchange_.config_.requests_per_host;
    if (const auto* held = places.at(host)) {
      return *held > 0;
    }
    const std::uint32_t count =
        is_first ? SOUS_TRY(exchange_.lanes_.enter(host, traffic_, wanted, call_))
                 : exchange_.lanes_.try_enter(host, traffic_, wanted);
    places.add(host, count);
    return count > 0;
  }

  Status send_wave(std::size_t most) {
    const std::size_t size = SOUS_TRY(allowed(most));
    Places places(exchange_.lanes_);
    std::deque<State> later;
    std::vector<State> wave;
    std::vector<HttpRequest> requests;
    const MonoTime now = exchange_.clock_.now();
    while (!pending_.empty() && wave.size() < size) {
      State state = std::move(pending_.front());
      pending_.pop_front();
      if (exchange_.ready_at(state.authority) > now) {
        later.push_back(std::move(state));
        continue;
      }
      auto place = has_place(places, state.authority, places.empty());
      if (!place.has_value() || !*place) {
        later.push_back(std::move(state));
        if (!place.has_value()) {
          std::ranges::move(later, std::back_inserter(pending_));
          return std::move(place.error());
        }
        continue;
      }
      if (auto request = prepare(state); request.has_value()) {
        request->max_per_host = *places.at(state.authority);
        request->before = [this, host = state.authority] { return still_welcome(host); };
        requests.push_back(std::move(*request));
        wave.push_back(std::move(state));
      } else {
        done_(state.index, std::move(request.error()));
      }
    }
    std::ranges::move(later, std::back_inserter(pending_));
    exchange_.requests_ += requests.size();
    exchange_.http_.send_all(
        requests,
        [&](std::size_t at, Result<HttpResponse> result) {
          if (!result.has_value() && result.error().code() == kHeldBack) {
            --exchange_.requests_;
            pending_.push_back(std::move(wave[at]));
          } else {
            settle(std::move(wave[at]), std::move(result));
          }
        },
        call_);
    return ok();
  }

  // While a wave is under way its host may ask for peace; what has not begun then waits.
  Status still_welcome(const std::string& host) const {
    if (exchange_.ready_at(host) > exchange_.clock_.now()) {
      return Error(kHeldBack, fmt::format("{} is left alone for now", host));
    }
    return ok();
  }

  Result<HttpRequest> prepare(State& state) const {
    const Ask& ask = asks_[state.index];
    HttpRequest request;
    request.method = ask.method;
    request.url = ask.url;
    request.headers = ask.headers;
    request.body = ask.body;
    request.upload = ask.upload;
    request.upload_size = ask.upload_size;
    request.max_body = ask.max_body;
    request.stall_limit =
        audience_.patient ? exchange_.config_.stall_limit : exchange_.config_.mirror_stall_limit;
    request.refused_addresses = ask.refused_addresses;
    if (ask.upload != nullptr) {
      SOUS_TRY_VOID(ask.upload->seek(0));
    }
    if (ask.sink != nullptr) {
      SOUS_TRY_VOID(ask.sink->restart());
      request.sink = [sink = ask.sink](std::string_view piece) { return sink->write(piece); };
    }
    state.authorization = state.elsewhere ? std::string() : authorization_;
    if (!state.authorization.empty()) {
      request.headers.emplace_back("Authorization", state.authorization);
    }
    return request;
  }

  void settle(State state, Result<HttpResponse> result) {
    if (!result.has_value()) {
      settle_failure(std::move(state), std::move(result.error()));
      return;
    }
    const int status = result->status;
    const std::string& method = asks_[state.index].method;
    if (may_pass(status)) {
      settle_busy(std::move(state), std::move(*result));
      return;
    }
    answered_ = true;
    watch_allowance(*result);
    if (status == 401 && !state.elsewhere && !state.logged_in) {
      settle_login(std::move(state), std::move(*result));
      return;
    }
    if (status != 401 && !state.elsewhere) {
      exchange_.auth_.welcomed(audience_.host);
    }
    if (is_redirect(status) && result->header("Location") != nullptr &&
        (method == "GET" || method == "HEAD")) {
      settle_redirect(std::move(state), *result);
    } else {
      done_(state.index, std::move(result));
    }
  }

  // Docker Hub and others count requests: `ratelimit-remaining: 0;w=21600`.
  void watch_allowance(const HttpResponse& response) const {
    if (!exchange_.allowances_.learn(audience_.host, response, exchange_.clock_.now())) {
      return;
    }
    exchange_.events_.emit(
        {.level = Level::warning,
         .name = "registry.allowance_used_up",
         .text = fmt::format("{} will refuse further requests for a while; a login may allow more",
                             audience_.host),
         .fields = {{"host", audience_.host}}});
  }

  void settle_failure(State state, Error error) {
    if (is_over() || !is_transient(error.code()) || !asks_[state.index].repeatable ||
        state.attempt + 1 >= max_attempts()) {
      troubled_ = troubled_ || is_transient(error.code());
      done_(state.index, std::move(error));
      return;
    }
    try_again(std::move(state), std::move(error), std::nullopt);
  }

  void settle_busy(State state, HttpResponse response) {
    std::optional<Duration> wish;
    if (const auto* header = response.header("Retry-After")) {
      wish = parse_retry_after(*header, exchange_.clock_.wall());
    }
    const bool too_long = wish && *wish > exchange_.config_.longest_wait;
    if (state.attempt + 1 >= max_attempts() || too_long ||
        (!asks_[state.index].repeatable && !was_turned_away(response.status))) {
      troubled_ = true;
      if (wish) {  // it holds for whatever comes next, too
        exchange_.hold(state.authority, std::min(*wish, exchange_.config_.longest_wait));
      }
      done_(state.index, std::move(response));
      return;
    }
    try_again(std::move(state), std::move(response), wish);
  }

  void try_again(State state, Result<HttpResponse> last, std::optional<Duration> wish) {
    troubled_ = true;
    const Duration wait =
        std::max(exchange_.backoff(state.attempt), wish.value_or(Duration::zero()));
    exchange_.hold(state.authority, wait);
    const std::string status = last.has_value() ? std::to_string(last->status) : "none";
    exchange_.events_.emit(
        {.level = Level::debug,
         .name = "registry.retry",
         .text = fmt::format(
             "{} cannot answer now, trying again in {}", state.authority, format_duration(wait)),
         .fields = {{"host", state.authority}, {"status", status}}});
    ++state.attempt;
    state.last.emplace(std::move(last));
    pending_.push_back(std::move(state));
  }

  void settle_login(State state, HttpResponse response) {
    auto useful = exchange_.auth_.challenged(audience_, response, state.authorization);
    if (!useful.has_value()) {
      done_(state.index, std::move(useful.error()));
    } else if (!*useful) {
      done_(state.index, std::move(response));
    } else {
      state.logged_in = true;
      pending_.push_front(std::move(state));
    }
  }

  void settle_redirect(State state, const HttpResponse& response) {
    auto led = lead(state, response);
    if (led.has_value()) {
      pending_.push_front(std::move(state));
    } else {
      done_(state.index, std::move(led.error()).with("following a redirect of " + audience_.host));
    }
  }

  // Points a question to where a redirect leads, if it may go there.
  Status lead(State& state, const HttpResponse& response) {
    Ask& ask = asks_[state.index];
    if (++state.hops > exchange_.config_.max_redirects) {
      return Error(Code::unavailable,
                   fmt::format("more than {} redirects", exchange_.config_.max_redirects));
    }
    const auto from = SOUS_TRY(Url::parse(ask.url));
    const auto to = SOUS_TRY(from.resolve(*response.header("Location")));
    if (to.origin() != from.origin()) {
      ask.refused_addresses = SOUS_TRY(exchange_.hosts_.judge(to, response.peer));
      state.elsewhere = true;
      state.authority = to.authority;
    }
    ask.url = to.str();
    return ok();
  }

  void end_all(const Error& error) {
    while (!pending_.empty()) {
      State state = std::move(pending_.front());
      pending_.pop_front();
      // What the host said last explains more than that time or patience is over.
      const bool explains = state.last && error.code() != Code::cancelled;
      done_(state.index, explains ? std::move(*state.last) : Result<HttpResponse>(error));
    }
  }

  Exchange& exchange_;
  const Audience& audience_;
  std::vector<Ask> asks_;
  const OnDone& done_;
  const Call& call_;
  Traffic traffic_;
  std::deque<State> pending_;
  std::string authorization_;
  std::uint32_t failed_logins_ = 0;
  bool troubled_ = false;  // in this wave: something has to be tried again
  bool answered_ = false;  // in this wave: something came that is an answer
};

Exchange::Exchange(const OciConfig& config,
                   HttpClient& http,
                   Credentials& credentials,
                   Clock& clock,
                   Rng& rng,
                   Executor& executor,
                   EventSink& events)
    : config_(config),
      http_(http),
      clock_(clock),
      rng_(rng),
      events_(events),
      hosts_(config),
      auth_(http, credentials, clock, hosts_, requests_),
      lanes_(config, executor) {}

Result<HttpResponse> Exchange::send(const Audience& audience, Ask ask, const Call& call) {
  std::optional<Result<HttpResponse>> out;
  std::vector<Ask> one;
  one.push_back(std::move(ask));
  send_all(
      audience,
      std::move(one),
      [&](std::size_t, Result<HttpResponse> result) { out.emplace(std::move(result)); },
      call);
  return out ? std::move(*out) : Error(Code::internal, "a request ended without a result");
}

void Exchange::send_all(const Audience& audience,
                        std::vector<Ask> asks,
                        const OnDone& done,
                        const Call& call) {
  Run(*this, audience, std::move(asks), done, call).run();
}

void Exchange::back_off(const std::string& url, std::uint32_t failures) {
  hold(authority_of(url), backoff(failures - 1));
}

void Exchange::rest(const std::string& url, Duration wait) { hold(authority_of(url), wait); }

bool Exchange::rests(const std::string& url) { return ready_at(authority_of(url)) > clock_.now(); }

// Half of the exponential wait is fixed and half is drawn, so that callers do not come back at
// once.
Duration Exchange::backoff(std::uint32_t attempt) {
  const Duration full = std::min(config_.first_wait * (std::int64_t{1} << std::min(attempt, 20U)),
                                 config_.longest_wait);
  const Duration half = full / 2;
  const auto span = static_cast<std::uint64_t>(half.count()) + 1;
  return half + Duration(static_cast<std::int64_t>(rng_.next() % span));
}

MonoTime Exchange::ready_at(const std::string& authority) {
  auto guard = held_.lock();
  const auto at = guard->find(authority);
  return at == guard->end() ? MonoTime::min() : at->second;
}

void Exchange::hold(const std::string& authority, Duration wait) {
  const MonoTime until = clock_.now() + wait;
  auto guard = held_.lock();
  auto& held = (*guard)[authority];
  held = std::max(held, until);
}

}  // namespace sous::registry_oci
