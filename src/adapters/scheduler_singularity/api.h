#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "adapters/scheduler_singularity/messages.h"
#include "adapters/scheduler_singularity/options.h"
#include "adapters/scheduler_singularity/turns.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace sous::scheduler_singularity {

/// Singularity's HTTP API, as far as it is needed; each call takes its turn. Thread-safe.
///
/// Reads fail with unavailable (no answer, a server's failure, an answer that is not
/// Singularity's), timeout, rate_limited, not_found, unauthorized, forbidden, failed (its refusal,
/// in its own words). Writes fail with the same, but with unverified where it cannot be told
/// whether Singularity took the call, and with conflict where it says 409.
class SingularityApi {
 public:
  /// All must outlive this object.
  SingularityApi(HttpClient& http, Clock& clock, Turns& turns, const SingularityOptions& options)
      : http_(http), clock_(clock), turns_(turns), options_(options) {}

  Result<RequestList> requests(const Call& call);
  Result<RequestView> request(const std::string& id, const Call& call);
  Result<DeployEntry> deploy(const std::string& request, const std::string& id, const Call& call);
  /// The newest ones, newest first.
  Result<std::vector<DeployEntry>> deploys(const std::string& request,
                                           std::size_t count,
                                           const Call& call);
  Result<TaskView> task(const std::string& id, const Call& call);
  Result<std::vector<TaskEnd>> ended_tasks(const std::string& request,
                                           const std::string& deploy,
                                           const Call& call);
  /// The newest ones, newest first.
  Result<std::vector<RequestEvent>> events(const std::string& request, const Call& call);
  Result<std::vector<std::string>> last_log_lines(const std::string& task,
                                                  std::size_t count,
                                                  const Call& call);

  /// Reads many paths below `/api` at once; `done` gets each body.
  void read_all(std::span<const std::string> paths,
                const std::function<void(std::size_t, Result<std::string>)>& done,
                const Call& call);
  static std::string task_path(const std::string& id);
  static std::string deploy_path(const std::string& request, const std::string& id);

  Result<RequestView> post_request(std::string body, const Call& call);
  Status post_deploy(std::string body, const Call& call);
  Status cancel_deploy(const std::string& request, const std::string& id, const Call& call);
  Status scale(const std::string& request, std::string body, const Call& call);
  Status pause(const std::string& request, std::string body, const Call& call);
  Status unpause(const std::string& request, std::string body, const Call& call);
  /// Absent ones are gone already.
  Status remove(const std::string& request, std::string body, const Call& call);

 private:
  HttpRequest prepared(std::string method, const std::string& path, std::string body) const;
  Result<HttpResponse> send(const HttpRequest& request, const Call& call);
  /// The call, with an end for servers whose answers never come to theirs.
  Call limited(const Call& call) const;
  Result<std::string> read(const std::string& path, const Call& call);
  Result<std::string> write(std::string method,
                            const std::string& path,
                            std::string body,
                            const Call& call);

  HttpClient& http_;
  Clock& clock_;
  Turns& turns_;
  const SingularityOptions& options_;
};

}  // namespace sous::scheduler_singularity
