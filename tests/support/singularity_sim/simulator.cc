#include "support/singularity_sim/simulator.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "support/singularity_sim/input.h"
#include "support/singularity_sim/passes.h"

namespace sous::singularity_sim {
namespace {

using support::ScriptedAnswer;
using support::SeenRequest;

Millis millis_of(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

int hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Nothing when the target is not below the API.
std::optional<ApiCall> parse(const SeenRequest& request, const std::string& context) {
  const std::string_view target = request.target;
  const auto question = target.find('?');
  const std::string_view path = target.substr(0, question);
  const std::string base = context + "/api";
  if (!path.starts_with(base + "/")) {
    return std::nullopt;
  }
  ApiCall call{.method = request.method,
               .path = std::string(path.substr(base.size())),
               .query = {},
               .headers = request.headers,
               .body = request.body};
  if (question != std::string_view::npos) {
    for (const auto part : split(target.substr(question + 1), '&')) {
      const auto equals = part.find('=');
      call.query.emplace(
          percent_decoded(part.substr(0, equals)),
          equals == std::string_view::npos ? "" : percent_decoded(part.substr(equals + 1)));
    }
  }
  return call;
}

std::string header_of(const ApiCall& call, std::string_view name) {
  for (const auto& [key, value] : call.headers) {
    if (to_lower_ascii(key) == to_lower_ascii(name)) {
      return value;
    }
  }
  return {};
}

ScriptedAnswer scripted(const Answer& answer) {
  return {.status = answer.status,
          .headers = {{"Content-Type", answer.content_type}},
          .body = answer.body};
}

}  // namespace

std::string ApiCall::param(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

Simulator::Simulator(Settings settings, Millis start) {
  state_.settings = std::move(settings);
  state_.now = start;
  state_.next_scheduler = start + state_.settings.scheduler_every;
  state_.next_deploy_check = start + state_.settings.deploy_check_every;
  state_.next_cleaner = start + state_.settings.cleaner_every;
}

void Simulator::advance_to(WallTime until) {
  const std::scoped_lock lock(mutex_);
  advance_all(millis_of(until));
}

void Simulator::advance(Duration by) {
  const std::scoped_lock lock(mutex_);
  advance_all(state_.now + std::chrono::duration_cast<std::chrono::milliseconds>(by).count());
}

void Simulator::advance_all(Millis until) {
  if (stale_by_ > 0 && until - stale_by_ > state_.now) {
    singularity_sim::advance_to(state_, until - stale_by_);
    past_.push_back(state_);
  }
  singularity_sim::advance_to(state_, until);
}

void Simulator::scheduler_pass() {
  const std::scoped_lock lock(mutex_);
  update_tasks(state_);
  singularity_sim::scheduler_pass(state_);
}

void Simulator::deploy_check_pass() {
  const std::scoped_lock lock(mutex_);
  update_tasks(state_);
  singularity_sim::deploy_check_pass(state_);
}

void Simulator::cleaner_pass() {
  const std::scoped_lock lock(mutex_);
  update_tasks(state_);
  singularity_sim::cleaner_pass(state_);
}

ScriptedAnswer Simulator::answer(const SeenRequest& request) {
  const std::scoped_lock lock(mutex_);
  const auto call = parse(request, state_.settings.context);
  if (!call) {
    return scripted({.status = 404, .content_type = "text/html", .body = "<html>Not Found</html>"});
  }
  calls_.push_back(call->method + " " + call->path);
  seen_.push_back(request);
  const auto fault = faults_.meet(call->method, call->path);
  if (!fault) {
    return scripted(handle(*call));
  }
  const ScriptedAnswer real = fault->after_acting ? scripted(handle(*call)) : ScriptedAnswer{};
  return fault->answer(real);
}

Answer Simulator::handle(const ApiCall& call) {
  Answer answer;
  try {
    answer = authenticated(call);
  } catch (const Refusal& refusal) {
    answer = refusal.answer;
    if (state_.is_follower && call.method != "GET") {
      answer = {
          .status = answer.status,
          .content_type = "application/json",
          .body = json::serialize(json::object{{"code", answer.status}, {"message", answer.body}})};
    }
  } catch (const std::exception&) {
    // A member of another type than expected: what the real one's reader refuses.
    answer = {.status = 400,
              .content_type = "application/json",
              .body = R"({"code":400,"message":"Unable to process JSON"})"};
  }
  watch(call, answer);
  return answer;
}

Answer Simulator::authenticated(const ApiCall& call) {
  const Settings& settings = state_.settings;
  if (settings.auth == Auth::header && header_of(call, "X-Username").empty()) {
    refuse_text(401, "no user in header X-Username");
  }
  if (settings.auth == Auth::token &&
      header_of(call, "Authorization") != "Token " + settings.token) {
    refuse_text(401, "no valid token");
  }
  const bool writes = call.method == "POST" || call.method == "PUT";
  if (writes && !call.body.empty() &&
      !to_lower_ascii(header_of(call, "Content-Type")).starts_with("application/json")) {
    refuse_json(415, "HTTP 415 Unsupported Media Type");
  }
  if (call.method != "GET" && state_.now < state_.leader_away_until) {
    refuse_json(500, "there is no leader, logged as 3f0a9c11d27be645");
  }
  Answer answer = route(seen_by(call), call);
  if (stale_by_ > 0) {
    past_.push_back(state_);
  }
  return answer;
}

State& Simulator::seen_by(const ApiCall& call) {
  if (call.method != "GET" || stale_by_ == 0) {
    return state_;
  }
  while (past_.size() > 1 && past_[1].now <= state_.now - stale_by_) {
    past_.pop_front();
  }
  return past_.empty() ? state_ : past_.front();
}

// Which deploy of a request is pending, as far as the client was told.
void Simulator::watch_deploy(const ApiCall& call, const Answer& answer) {
  const std::string tree = "/requests/request/";
  if (call.method == "GET" && call.path.starts_with(tree) && answer.status == 200) {
    const Request* request = state_.request(call.path.substr(tree.size()));
    if (request != nullptr && stale_by_ == 0) {
      known_pending_[request->id()] =
          request->pending_marker ? request->pending_marker->deploy_id : "";
    }
  }
  if (call.method == "POST" && call.path == "/deploys" && answer.status == 409) {
    for (const auto& [request, deploy] : known_pending_) {
      const bool named = !deploy.empty() && call.body.contains("\"" + request + "\"");
      const Request* now = state_.request(request);
      if (named && now != nullptr && now->pending_marker &&
          now->pending_marker->deploy_id == deploy) {
        misdeeds_.push_back("deploy posted beside " + deploy);
      }
    }
  }
}

void Simulator::watch(const ApiCall& call, const Answer& answer) {
  watch_deploy(call, answer);
  if (call.method != "POST") {
    return;
  }
  if (call.path == "/deploys" && answer.status == 400 &&
      answer.body.contains("already been deployed")) {
    misdeeds_.push_back("deploy id used again: " + call.body.substr(0, 200));
  }
  if (call.path == "/requests" && !call.body.contains("\"instances\"")) {
    misdeeds_.emplace_back("request posted without instances");
  }
}

void Simulator::add_fault(Fault fault) {
  const std::scoped_lock lock(mutex_);
  faults_.add(std::move(fault));
}

void Simulator::seed(std::uint64_t seed) {
  const std::scoped_lock lock(mutex_);
  faults_.seed(seed);
}

void Simulator::read_stale(Duration by) {
  const std::scoped_lock lock(mutex_);
  stale_by_ = std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  past_.assign(1, state_);
}

void Simulator::script(const std::string& part, TaskScript script) {
  const std::scoped_lock lock(mutex_);
  state_.scripts.insert_or_assign(part, std::move(script));
}

void Simulator::with_state(const std::function<void(State&)>& change) {
  const std::scoped_lock lock(mutex_);
  change(state_);
}

std::vector<std::string> Simulator::calls() {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

std::vector<SeenRequest> Simulator::seen() {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

std::vector<std::string> Simulator::misdeeds() {
  const std::scoped_lock lock(mutex_);
  return misdeeds_;
}

void Simulator::forget_calls() {
  const std::scoped_lock lock(mutex_);
  calls_.clear();
  seen_.clear();
}

}  // namespace sous::singularity_sim
