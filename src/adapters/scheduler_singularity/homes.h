#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/locked.h"
#include "base/time.h"
#include "model/gdm.h"

namespace sous::scheduler_singularity {

/// Whose deployment, and which. The original's have no GDM.
using Owned = std::pair<GdmId, DeploymentId>;

/// A generation that this process gave or looked at.
struct Placed {
  std::string request;
  std::string deploy;
  std::uint64_t generation = 0;
  MonoTime changed_at;     // what was seen before says nothing
  bool confirmed = false;  // its success was read
};

/// In which requests deployments live, as far as this process knows. Thread-safe.
class Homes {
 public:
  void replace(std::map<Owned, std::set<std::string>> requests);
  void add(const Owned& owned, const std::string& request);
  std::set<std::string> requests_of(const Owned& owned);
  /// Whether all requests were looked through once.
  bool is_complete();

  void place(const Owned& owned, Placed placed);
  std::optional<Placed> placed(const Owned& owned);
  void confirm(const Owned& owned, const std::string& deploy);
  /// What was seen of it before `now` says nothing any more.
  void changed(const Owned& owned, MonoTime now);
  void forget(const Owned& owned);

 private:
  struct State {
    std::map<Owned, std::set<std::string>> requests;
    std::map<Owned, Placed> placed;
    bool complete = false;
  };

  Locked<State> state_;
};

}  // namespace sous::scheduler_singularity
