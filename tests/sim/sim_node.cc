#include "sim_node.h"

namespace sous::sim {

World::World(support::Simulation& simulation, support::Points& where)
    : sim(simulation),
      points(where),
      registry(where),
      cluster(*ClusterName::parse("local"), simulation.clock(), where),
      clusters(cluster) {}

SimNode::SimNode(World& world, std::string name, Duration clock_skew)
    : clock_(world.sim.skewed_clock(clock_skew)),
      files_(*clock_, world.points),
      index_(world.points),
      gdm_(world.gdm, *clock_, world.points),
      operations_(world.points),
      source_(world.points),
      builder_(files_, world.points),
      node_{.settings = {.registry = {"registry.example.com", ""},
                         .user = {name, name + "@example.com"},
                         .machine_id = "machine",
                         .podman_socket = "/run/podman.sock",
                         .state_directory = "/state"},
            .clock = *clock_,
            .rng = world.sim.rng(),
            .executor = world.sim.executor(),
            .files = files_,
            .events = events_,
            .registry = world.registry,
            .credentials = credentials_,
            .index = index_,
            .gdm = gdm_,
            .schedulers = world.clusters,
            .operations = operations_,
            .sources = source_,
            .builder = builder_} {
  EXPECT_TRUE(files_.write(std::string(kCheckout) + "/Dockerfile", "FROM scratch\n", 0644));
}

void SimNode::check_out(const std::string& tag, const Revision& revision) {
  const std::vector<GitTag> tags{{tag, revision}};
  SourceFacts facts;
  facts.root = kCheckout;
  facts.head = revision;
  facts.branch = "main";
  facts.head_on_remote = true;
  facts.remotes = {{"origin", kRemote}};
  facts.tags = tags;
  source_.put({.facts = facts, .history = {revision}, .directories = {}});
  source_.put_remote(kRemote, tags);
}

}  // namespace sous::sim
