// What was deployed goes on running, whatever happens but a deploy (design.md section 1, promise
// 2).
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "app/build.h"
#include "app/deploy.h"
#include "app/gdm_access.h"
#include "app/init.h"
#include "app/lock_edits.h"
#include "app/planner.h"
#include "app/repository_scan.h"
#include "model/image_name.h"
#include "sim_node.h"

namespace sous::sim {
namespace {

enum class Event : std::uint8_t {
  restart,
  moved_tag,
  deleted_tag,
  deleted_image,
  lost_index,
  rebuild,
  superseded_lock,
  registry_away,
  registry_back,
  scan,
};

constexpr int kEvents = 10;

/// A deployed version, and what may happen to it.
class Story {
 public:
  Story() {
    nodes_.push_back(another());
    first_ = build();
    second_ = build();
    app::InitRequest init;
    init.directory = kCheckout;
    RC_ASSERT(app::init(node(), init, {}).has_value());
    const auto operations = app::deploy(node(),
                                        {.manifest = ManifestId(source_.location),
                                         .version = source_.version,
                                         .clusters = {id_.cluster},
                                         .revision = {}},
                                        {},
                                        {});
    RC_ASSERT(operations.has_value());
    RC_ASSERT(running() == first_);
  }

  const Digest& deployed() const { return first_; }

  void happen(Event event) {
    switch (event) {
      case Event::restart:
        world_.cluster.stop_instances(id_);
        break;
      case Event::moved_tag:
        world_.registry.put_manifest(
            place_, manifest_.media_type, manifest_.bytes, version_tag(source_.version).value());
        break;
      case Event::deleted_tag:
        world_.registry.remove_tag(place_, version_tag(source_.version).value());
        break;
      case Event::deleted_image:
        world_.registry.remove_manifest(place_, first_);
        break;
      case Event::lost_index:
        nodes_.push_back(another());
        break;
      case Event::rebuild:
        static_cast<void>(app::build(node(), request(), {}, {}));
        break;
      case Event::superseded_lock:
        static_cast<void>(app::supersede_lock(node(), source_, second_, "better", {}));
        break;
      case Event::registry_away:
        world_.registry.set_fault([](const support::FakeRegistry::Question&) {
          return std::optional{Error(Code::unavailable, "the registry is away")};
        });
        break;
      case Event::registry_back:
        world_.registry.set_fault(nullptr);
        break;
      case Event::scan:
        static_cast<void>(app::scan_repository(node(), place_, {}));
        break;
    }
  }

  /// What unattended rectify does, on any of the nodes.
  void rectify(std::size_t by) {
    app::Node& actor = nodes_[by % nodes_.size()]->node();
    const auto planned = app::make_plan(actor, app::PlanScope{}, {});
    RC_ASSERT(planned.has_value());
    RC_ASSERT(
        app::carry_out(actor, *planned, {"Rectify", "sous rectify", false}, {}, {}).has_value());
  }

  Digest running() {
    const auto seen = world_.cluster.observe({});
    RC_ASSERT(seen.has_value());
    RC_ASSERT(seen->deployments.size() == 1U);
    RC_ASSERT(seen->deployments.front().asked.has_value());
    return seen->deployments.front().asked->digest;
  }

 private:
  app::Node& node() { return nodes_.back()->node(); }

  static app::BuildRequest request() {
    app::BuildRequest out;
    out.directory = kCheckout;
    return out;
  }

  Digest build() {
    const auto built = app::build(node(), request(), {}, {});
    RC_ASSERT(built.has_value());
    const ImageByDigest& image = built->main().image;
    place_ = image.repository;
    manifest_ = world_.registry.manifest(place_, image.digest, {}).value();
    return image.digest;
  }

  std::unique_ptr<SimNode> another() {
    auto out = std::make_unique<SimNode>(world_, "node", Duration{0});
    out->check_out("1.0.0", support::revision_number(1));
    out->builder().reproducible = false;
    out->builder().content = "layer of node " + std::to_string(nodes_.size());
    return out;
  }

  support::Simulation simulation_{1};
  World world_{simulation_};
  std::vector<std::unique_ptr<SimNode>> nodes_;
  SourceId source_ = SourceId::parse("git.example.com/demo/hello,1.0.0").value();
  DeploymentId id_{ManifestId(source_.location), *ClusterName::parse("local")};
  ImageRepository place_;
  RawManifest manifest_{Digest::sha256_of(""), {}, {}};  // of the last image that was built
  Digest first_ = Digest::sha256_of("");
  Digest second_ = first_;
};

RC_GTEST_PROP(RunningDigest, IsChangedByNothingButADeploy, ()) {
  Story story;
  const auto events = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kEvents));
  for (const int event : events) {
    story.happen(static_cast<Event>(event));
    story.rectify(*rc::gen::inRange<std::size_t>(0, 4));
    RC_ASSERT(story.running() == story.deployed());
  }
}

}  // namespace
}  // namespace sous::sim
