#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ports/scheduler.h"

namespace sous::contract {

/// What the suite asks an image to do. Two of the good ones, so that one can replace the other.
enum class ImageKind : std::uint8_t { good, good_too, answers_500, crashes };

/// What a cluster does of its own accord, where others leave it to Sous.
struct Traits {
  /// It ends what a generation replaces as soon as that is healthy, and what a failed one began; of
  /// the failed one only its history tells.
  bool replaces_by_itself = false;
  bool runs_every_kind = false;
};

/// A cluster under test with nothing in it.
class SchedulerWorld {
 public:
  virtual ~SchedulerWorld() = default;

  virtual Traits traits() const { return {}; }

  virtual Scheduler& scheduler() = 0;
  virtual ImageByDigest image(ImageKind kind) = 0;
};

/// Gives null where such a cluster cannot run: the test is skipped.
using MakeSchedulerWorld = std::function<std::unique_ptr<SchedulerWorld>()>;

inline const GdmId kGdm = "0b5e2f6a-0000-4000-8000-000000000001";
inline const GdmId kOtherGdm = "0b5e2f6a-0000-4000-8000-000000000002";

inline DeploymentId deployment_id(std::string_view flavor = "") {
  return {ManifestId::make(SourceLocation::make("github.com/example/web", "sub").value(), flavor)
              .value(),
          ClusterName::parse("here").value()};
}

inline DeployOrder order_of(const ImageByDigest& image,
                            std::uint64_t generation,
                            std::uint32_t instances = 1) {
  DeployOrder order{.gdm_id = kGdm,
                    .generation = generation,
                    .deployment = {.id = deployment_id()},
                    .image = image,
                    .revision = Revision::parse(std::string(40, 'a')).value()};
  DeploySpec& spec = order.deployment.spec;
  spec.version = Version(1, 2, generation);
  spec.num_instances = instances;
  spec.resources = {{"cpus", "0.1"}, {"memory", "32"}, {"ports", "1"}};
  spec.startup.check_ready_interval = 1;
  spec.startup.check_ready_retries = 1;
  order.deployment.effective_fingerprint = "fingerprint-" + std::to_string(generation);
  return order;
}

}  // namespace sous::contract
