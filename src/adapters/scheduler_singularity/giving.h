#pragma once

#include <optional>
#include <string>

#include "adapters/scheduler_singularity/homes.h"
#include "adapters/scheduler_singularity/ledger.h"
#include "adapters/scheduler_singularity/sightings.h"
#include "ports/scheduler.h"

namespace sous::scheduler_singularity {

/// The message of a pause that Sous makes for a deployment without instances; any other is an
/// operator's.
inline constexpr std::string_view kPauseMessage = "Sous: no instances wanted";

/// Who paused a request, and why.
struct Pause {
  bool by_sous = false;
  std::string words;
};

Result<Pause> pause_of(SingularityApi& api, const std::string& request, const Call& call);

/// Tells Singularity to run something. Thread-safe.
class Giving {
 public:
  struct Parts {
    SingularityApi& api;
    Sightings& sightings;
    Homes& homes;
    Clock& clock;
  };

  explicit Giving(Parts parts) : parts_(parts) {}

  /// Posts the request where it is new or differs, then the deploy, unless that generation is there
  /// already. An older generation that is on its way is cancelled. What is in the way for longer
  /// (somebody else's deploy) fails with unavailable.
  Status give(const DeployOrder& order, const Call& call);

 private:
  struct Target {
    std::string request;
    std::optional<RequestView> view;  // nothing: it is to be made
  };

  Result<Target> target_of(const DeployOrder& order, const Call& call);
  Result<std::optional<RequestView>> read(const std::string& id, const Call& call);
  /// The target once nothing of Sous's own making is in the way.
  Result<Target> cleared_target(const DeployOrder& order, const Call& call);
  Status make_request(const WantedRequest& wanted, const Target& target, const Call& call);
  Status post(const DeployOrder& order,
              const Target& target,
              WantedDeploy wanted,
              const Call& call);
  /// Whether a deploy id that is used already is this order's; if not, another is to be tried.
  Result<bool> is_taken(const std::string& request, const std::string& deploy, const Call& call);
  void place(const DeployOrder& order, const std::string& request, const std::string& deploy);

  Parts parts_;
};

}  // namespace sous::scheduler_singularity
