#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/scheduler_singularity/api.h"
#include "base/locked.h"

namespace sous::scheduler_singularity {

/// What was last seen of each request. However many deployments are watched, what is on its way is
/// asked for once per polling period: by one list of all requests, or one by one while they are
/// few. Thread-safe.
class Sightings {
 public:
  Sightings(SingularityApi& api, Clock& clock, Duration poll)
      : api_(api), clock_(clock), poll_(poll) {}

  /// Reads the list of all requests now.
  Result<RequestList> list(const Call& call);
  /// Reads one request now; not_found when there is none.
  Result<RequestView> read(const std::string& id, const Call& call);
  /// The request as it was after `not_before`; nothing when that is not known yet and another
  /// look is to be awaited; not_found when there is none.
  Result<std::optional<RequestView>> watch(const std::string& id,
                                           MonoTime not_before,
                                           const Call& call);
  /// Whether a list was read that does not have the request.
  bool is_known_absent(const std::string& id);

 private:
  struct Seen {
    RequestView view;
    MonoTime at;
  };

  struct State {
    std::map<std::string, Seen> views;
    std::optional<MonoTime> listed_at;
    bool listing = false;
    std::map<std::string, MonoTime> watched;
  };

  enum class Step : std::uint8_t { use, read, list, wait };

  Step next_step(State& state, const std::string& id, MonoTime not_before, MonoTime now) const;
  static Result<std::optional<RequestView>> found(const State& state, const std::string& id);

  SingularityApi& api_;
  Clock& clock_;
  Duration poll_;
  Locked<State> state_;
};

}  // namespace sous::scheduler_singularity
