#pragma once

#include <string>
#include <vector>

#include "adapters/scheduler_singularity/messages.h"
#include "adapters/scheduler_singularity/options.h"
#include "adapters/scheduler_singularity/record.h"

namespace sous::scheduler_singularity {

/// The tasks of one deploy.
std::vector<TaskRef> tasks_of(const std::vector<TaskRef>& tasks, const std::string& deploy);
/// A deployment of which this deploy is active; without addresses.
ObservedDeployment describe_active(const RequestView& view,
                                   const DeployRecord& record,
                                   const SingularityOptions& options);
/// One whose deploy is on its way.
ObservedDeployment describe_pending(const RequestView& view,
                                    const std::string& deploy,
                                    const DeployRecord& record,
                                    const SingularityOptions& options);
/// One whose deploy ended in another way than by success.
ObservedDeployment describe_failed(const RequestView& view,
                                   const DeployEntry& entry,
                                   const DeployRecord& record,
                                   const SingularityOptions& options);

bool has_succeeded(const DeployOutcome& outcome);
/// Where people look at a request or deploy.
std::string link_of(const SingularityOptions& options,
                    const std::string& request,
                    const std::string& deploy);

}  // namespace sous::scheduler_singularity
