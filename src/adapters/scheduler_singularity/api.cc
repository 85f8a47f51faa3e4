#include "adapters/scheduler_singularity/api.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"
#include "ports/http_status.h"

namespace sous::scheduler_singularity {
namespace {

constexpr std::uint64_t kMaxBody = 256ULL << 20U;
constexpr std::uint64_t kLogBytes = 16ULL << 10U;
// How many calls of a long batch follow each other in each of its places.
constexpr std::size_t kRounds = 8;

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

Error refusal(const HttpResponse& response) {
  if (response.status >= 300 && response.status < 400) {
    const std::string* to = response.header("Location");
    return Error(Code::unavailable,
                 fmt::format("Singularity sends elsewhere: {}",
                             to != nullptr ? quote(*to) : "nowhere"))
        .hinted("correct the cluster's BaseURL");
  }
  const Code code = response.status == 409 ? Code::conflict : code_of_http_status(response.status);
  return Error(code, decode_refusal(response.body))
      .with(fmt::format("Singularity answers {}", response.status));
}

// An answer that nobody can read is not Singularity's: a proxy's page, or half of one.
template <typename T>
Result<T> understood(Result<T> decoded) {
  if (!decoded && decoded.error().code() == Code::invalid_data) {
    return std::move(decoded.error()).as(Code::unavailable);
  }
  return decoded;
}

// Of a call that was to change something, silence and a server's failure tell nothing.
Error undecided_write(Error error) {
  const bool silent = error.code() == Code::unavailable || error.code() == Code::timeout ||
                      error.code() == Code::invalid_data;
  return silent ? Error(std::move(error).as(Code::unverified)) : std::move(error);
}

std::vector<std::string> last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string> out;
  for (const auto line : split(trim(text), '\n')) {
    if (!trim(line).empty()) {
      std::string words(trim(line));
      if (!is_valid_utf8(words)) {
        std::ranges::replace_if(
            words, [](char c) { return (static_cast<unsigned>(c) & 0x80U) != 0; }, '?');
      }
      out.push_back(std::move(words));
    }
  }
  if (out.size() > count) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(count));
  }
  return out;
}

std::string request_path(const std::string& id) {
  return "/requests/request/" + percent_encoded(id);
}

}  // namespace

std::string SingularityApi::task_path(const std::string& id) {
  return "/tasks/task/" + percent_encoded(id);
}

std::string SingularityApi::deploy_path(const std::string& request, const std::string& id) {
  return fmt::format(
      "/history/request/{}/deploy/{}", percent_encoded(request), percent_encoded(id));
}

HttpRequest SingularityApi::prepared(std::string method,
                                     const std::string& path,
                                     std::string body) const {
  HttpRequest request;
  request.method = std::move(method);
  request.url = options_.base_url + "/api" + path;
  if (options_.auth == Auth::header) {
    request.headers.emplace_back("X-Username", options_.user);
  } else if (options_.auth == Auth::token) {
    request.headers.emplace_back("Authorization", "Token " + options_.token.reveal());
  }
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
  }
  request.max_body = kMaxBody;
  request.stall_limit = options_.answer_limit;
  return request;
}

Call SingularityApi::limited(const Call& call) const {
  return {call.deadline.trimmed(clock_.now() + options_.whole_limit), call.stop};
}

Result<HttpResponse> SingularityApi::send(const HttpRequest& request, const Call& call) {
  const Turn turn = SOUS_TRY(turns_.take(1, call));
  return http_.send(request, limited(call));
}

Result<std::string> SingularityApi::read(const std::string& path, const Call& call) {
  auto response = SOUS_TRY(understood(send(prepared("GET", path, ""), call)));
  if (!is_success(response)) {
    return refusal(response);
  }
  return std::move(response.body);
}

Result<std::string> SingularityApi::write(std::string method,
                                          const std::string& path,
                                          std::string body,
                                          const Call& call) {
  const auto mark = path.contains('?') ? '&' : '?';
  auto response =
      send(prepared(std::move(method),
                    fmt::format("{}{}user={}", path, mark, percent_encoded(options_.user)),
                    std::move(body)),
           call);
  if (!response) {
    return undecided_write(std::move(response.error()));
  }
  if (!is_success(*response)) {
    return undecided_write(refusal(*response));
  }
  return std::move(response->body);
}

void SingularityApi::read_all(std::span<const std::string> paths,
                              const std::function<void(std::size_t, Result<std::string>)>& done,
                              const Call& call) {
  for (std::size_t first = 0; first < paths.size();) {
    const auto turn = turns_.take(paths.size() - first, call);
    if (!turn) {
      for (std::size_t i = first; i < paths.size(); ++i) {
        done(i, Error(turn.error()));
      }
      return;
    }
    // Others get their turn in between.
    const std::size_t count =
        std::min<std::size_t>(paths.size() - first, std::size_t{turn->places()} * kRounds);
    std::vector<HttpRequest> requests;
    for (const auto& path : paths.subspan(first, count)) {
      requests.push_back(prepared("GET", path, ""));
      requests.back().max_per_host = turn->places();
    }
    http_.send_all(
        requests,
        [&](std::size_t i, Result<HttpResponse> response) {
          if (!response) {
            done(first + i, std::move(response.error()));
          } else if (!is_success(*response)) {
            done(first + i, refusal(*response));
          } else {
            done(first + i, std::move(response->body));
          }
        },
        limited(call));
    first += count;
  }
}

Result<RequestList> SingularityApi::requests(const Call& call) {
  const auto body = SOUS_TRY(read("/requests?useWebCache=false&includeFullRequestData=true", call));
  return understood(decode_requests(body));
}

Result<RequestView> SingularityApi::request(const std::string& id, const Call& call) {
  const auto body = SOUS_TRY(read(request_path(id) + "?useWebCache=false", call));
  return understood(decode_request(body));
}

Result<DeployEntry> SingularityApi::deploy(const std::string& request,
                                           const std::string& id,
                                           const Call& call) {
  const auto body = SOUS_TRY(read(deploy_path(request, id), call));
  return understood(decode_deploy(body));
}

Result<std::vector<DeployEntry>> SingularityApi::deploys(const std::string& request,
                                                         std::size_t count,
                                                         const Call& call) {
  const auto body = SOUS_TRY(read(
      fmt::format("/history/request/{}/deploys?count={}&page=1", percent_encoded(request), count),
      call));
  return understood(decode_deploys(body));
}

Result<TaskView> SingularityApi::task(const std::string& id, const Call& call) {
  const auto body = SOUS_TRY(read(task_path(id), call));
  return understood(decode_task(body));
}

Result<std::vector<TaskEnd>> SingularityApi::ended_tasks(const std::string& request,
                                                         const std::string& deploy,
                                                         const Call& call) {
  const auto body =
      SOUS_TRY(read(deploy_path(request, deploy) + "/tasks/inactive?count=10&page=1", call));
  return understood(decode_task_ends(body));
}

Result<std::vector<RequestEvent>> SingularityApi::events(const std::string& request,
                                                         const Call& call) {
  const auto body = SOUS_TRY(read(
      fmt::format("/history/request/{}/requests?count=20&page=1", percent_encoded(request)), call));
  return understood(decode_events(body));
}

Result<std::vector<std::string>> SingularityApi::last_log_lines(const std::string& task,
                                                                std::size_t count,
                                                                const Call& call) {
  for (const char* file : {"stderr", "stdout"}) {
    const std::string path = fmt::format("/sandbox/{}/read?path={}", percent_encoded(task), file);
    // Without an offset the answer tells how long the file is.
    const auto told = SOUS_TRY(read(path, call));
    const auto size = SOUS_TRY(understood(decode_log(told)));
    const std::uint64_t offset = size.offset > kLogBytes ? size.offset - kLogBytes : 0;
    const auto body =
        SOUS_TRY(read(fmt::format("{}&offset={}&length={}", path, offset, kLogBytes), call));
    const auto chunk = SOUS_TRY(understood(decode_log(body)));
    if (auto lines = last_lines(chunk.data, count); !lines.empty()) {
      return lines;
    }
  }
  return std::vector<std::string>();
}

Result<RequestView> SingularityApi::post_request(std::string body, const Call& call) {
  const auto answer = SOUS_TRY(write("POST", "/requests", std::move(body), call));
  auto view = decode_request(answer);
  if (!view) {
    return undecided_write(std::move(view.error()));
  }
  return view;
}

Status SingularityApi::post_deploy(std::string body, const Call& call) {
  // A scale-down within the deploy was agreed to when it was planned.
  const auto answer =
      SOUS_TRY(write("POST", "/deploys?largeScaleDownAcknowledged=true", std::move(body), call));
  auto view = decode_request(answer);
  if (!view) {
    return undecided_write(std::move(view.error()));
  }
  return ok();
}

Status SingularityApi::cancel_deploy(const std::string& request,
                                     const std::string& id,
                                     const Call& call) {
  SOUS_TRY_VOID(write(
      "DELETE",
      fmt::format("/deploys/deploy/{}/request/{}", percent_encoded(id), percent_encoded(request)),
      "",
      call));
  return ok();
}

Status SingularityApi::scale(const std::string& request, std::string body, const Call& call) {
  SOUS_TRY_VOID(write("PUT",
                      request_path(request) + "/scale?largeScaleDownAcknowledged=true",
                      std::move(body),
                      call));
  return ok();
}

Status SingularityApi::pause(const std::string& request, std::string body, const Call& call) {
  SOUS_TRY_VOID(write("POST", request_path(request) + "/pause", std::move(body), call));
  return ok();
}

Status SingularityApi::unpause(const std::string& request, std::string body, const Call& call) {
  SOUS_TRY_VOID(write("POST", request_path(request) + "/unpause", std::move(body), call));
  return ok();
}

Status SingularityApi::remove(const std::string& request, std::string body, const Call& call) {
  auto answer = write("DELETE", request_path(request), std::move(body), call);
  if (!answer && answer.error().code() != Code::not_found) {
    return std::move(answer.error());
  }
  return ok();
}

}  // namespace sous::scheduler_singularity
