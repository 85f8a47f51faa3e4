#pragma once

#include <optional>
#include <vector>

#include "app/given_edits.h"
#include "app/rectify.h"

namespace sous::app {

struct AgainRequest {
  GivenSelection selection;
  bool release = false;                    // also where it is held; ends the hold
  std::optional<std::size_t> confirmed{};  // exactly so many deployments may end or restart
};

/// Gives what failed again as the next generation and sees it through. Fails as give_failed_again
/// does.
Result<std::vector<Operation>> retry(Node& node,
                                     const AgainRequest& request,
                                     const OnOperation& on_operation,
                                     const Call& call);

/// Gives the latest earlier entry that succeeded: its version, revision and image, whatever the
/// lock now is, with the manifest's specification. The manifest's version goes back in the same
/// commit. Fails with not_found where no earlier success is known.
Result<std::vector<Operation>> rollback(Node& node,
                                        const AgainRequest& request,
                                        const OnOperation& on_operation,
                                        const Call& call);

}  // namespace sous::app
