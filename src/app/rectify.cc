#include "app/rectify.h"

#include <map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/gone_images.h"
#include "app/parallel.h"
#include "app/pull_name.h"
#include "engine/rectifier.h"

namespace sous::app {
namespace {

// Writing how it ended must not be cut short by the deadline that ended the waiting.
constexpr Duration kConcludeLimit = std::chrono::seconds(30);

Operation begin(Node& node, const Action& action, std::uint64_t generation) {
  return {.id = fmt::format("{:012x}", node.rng.next() & 0xFFFFFFFFFFFFULL),
          .deployment = action.id,
          .version = action.version,
          .digest = action.target(),
          .generation = generation,
          .state = OperationState::queued,
          .reason = action.reason,
          .link = {},
          .last_log_lines = {}};
}

/// The images an index stands for; what cannot be read says nothing.
std::vector<Digest> platform_digests(Node& node, const Digest& digest) {
  std::vector<Digest> out;
  if (const auto facts = node.index.facts(digest); facts && *facts) {
    for (const auto& child : (*facts)->children) {
      out.push_back(child.digest);
    }
  }
  return out;
}

constexpr std::string_view kAfterFailure =
    "correct the cause, then `sous deploy` again; `sous retry` gives the same once more, `sous "
    "rollback` what ran before";

/// What a cluster runs of a deployment, in words.
std::string still_runs(Scheduler& scheduler, const Order& order, const Call& call) {
  const auto observation = scheduler.observe(call);
  if (!observation) {
    return "it cannot be told what runs: " + observation.error().text();
  }
  for (const ObservedDeployment& seen : observation->deployments) {
    if (seen.id == order.action.id && seen.gdm_id == order.deploy.gdm_id && seen.instances > 0) {
      return fmt::format("{}{} {} of generation {}, {}",
                         seen.source ? "version " + seen.source->version.canonical() + ", " : "",
                         seen.instances,
                         seen.instances == 1 ? "instance" : "instances",
                         seen.generation,
                         health_text(seen.health));
    }
  }
  return "nothing of it";
}

/// Drives one state machine against one scheduler until it ends or the call does.
class Drive {
 public:
  Drive(Node& node, Scheduler& scheduler, const Order& order, bool wait, const Call& call)
      : node_(node),
        scheduler_(scheduler),
        order_(order),
        wait_(wait),
        call_(call),
        machine_({.generation = order.deploy.generation,
                  .digest = order.deploy.image.digest,
                  .platform_digests = platform_digests(node, order.deploy.image.digest),
                  .health_limit = engine::health_limit(order.deploy.deployment.spec.startup) +
                                  scheduler.own_time(),
                  .ends_what_fails = order.action.kind != ActionKind::scale}) {}

  /// Whether it ended with the scheduler's not taking the order.
  bool was_refused() const { return refused_ && machine_.state() == OperationState::failed; }

  void run(Operation& operation, Reporter& reporter) {
    auto next = machine_.start();
    while (true) {
      if (operation.state != machine_.state()) {
        update(operation);
        reporter.report(operation);
      }
      if (std::holds_alternative<Machine::End>(next) ||
          (!wait_ && machine_.state() == OperationState::waiting)) {
        advise(operation);
        return;
      }
      if (const auto waited = wait(next); !waited) {
        update(operation);
        operation.state = OperationState::unverified;
        operation.reason = fmt::format("not seen through: {}{}",
                                       waited.error().text(),
                                       operation.reason.empty() ? "" : "; " + operation.reason);
        reporter.report(operation);
        return;
      }
      if (const auto why = cancelled(next)) {
        next = machine_.cancelled(*why);
        continue;
      }
      next = std::visit([&](const auto& step) { return perform(step); }, next);
    }
  }

 private:
  using Machine = engine::Rectification;

  /// Why it is to be ended, if somebody asked for that. What is being settled is past it.
  std::optional<std::string> cancelled(const Machine::Call& next) {
    if (std::holds_alternative<Machine::Settle>(next) && settles_) {
      return std::nullopt;
    }
    settles_ = std::holds_alternative<Machine::Settle>(next);
    const auto asked =
        node_.operations.cancellation(order_.deploy.deployment.id, order_.deploy.generation);
    if (!asked || !*asked) {
      return std::nullopt;
    }
    settles_ = true;
    return fmt::format("cancelled by {}: {}", (*asked)->who, (*asked)->why);
  }

  Status wait(const Machine::Call& next) {
    const Duration after = std::visit(
        [](const auto& step) {
          if constexpr (requires { step.after; }) {
            return step.after;
          } else {
            return Duration{0};
          }
        },
        next);
    return after == Duration{0} ? ok() : node_.clock.sleep(after, call_);
  }

  Machine::Call perform(const Machine::Apply&) {
    const auto answer = order_.action.kind == ActionKind::scale
                            ? scheduler_.scale(order_.deploy, call_)
                            : scheduler_.apply(order_.deploy, call_);
    refused_ = !answer;
    return machine_.applied(answer, node_.clock.now(), node_.rng.next());
  }

  Machine::Call perform(const Machine::Look&) {
    const auto answer = scheduler_.look(
        order_.deploy.deployment.id, order_.deploy.gdm_id, order_.deploy.generation, call_);
    return machine_.looked(answer, node_.clock.now(), node_.rng.next());
  }

  Machine::Call perform(const Machine::Settle& step) {
    const auto answer = scheduler_.settle(order_.deploy.deployment.id,
                                          order_.deploy.gdm_id,
                                          order_.deploy.generation,
                                          step.succeeded,
                                          call_);
    return machine_.settled(answer, node_.rng.next());
  }

  Machine::Call perform(const Machine::End&) { return Machine::End{}; }

  void advise(Operation& operation) {
    if (operation.state == OperationState::failed) {
      operation.still_runs = still_runs(scheduler_, order_, call_);
      operation.advice = machine_.hint().empty() ? std::string(kAfterFailure) : machine_.hint();
    }
  }

  void update(Operation& operation) const {
    operation.state = machine_.state();
    operation.reason = machine_.reason();
    if (const auto& seen = machine_.last_seen()) {
      operation.link = seen->link;
      operation.last_log_lines = seen->last_log_lines;
    }
  }

  Node& node_;
  Scheduler& scheduler_;
  const Order& order_;
  bool wait_;
  bool settles_ = false;
  bool refused_ = false;  // the last application
  const Call& call_;
  Machine machine_;
};

void finish(Operation& operation, const Status& answer) {
  operation.state = answer                                ? OperationState::succeeded
                    : is_transient(answer.error().code()) ? OperationState::unverified
                                                          : OperationState::failed;
  if (!answer) {
    operation.reason = answer.error().text();
  }
}

void carry_out_one(Node& node,
                   const Order& order,
                   bool wait,
                   Operation& operation,
                   Reporter& reporter,
                   const Call& call) {
  const auto scheduler = node.schedulers.scheduler(order.cluster);
  if (order.action.adopts) {
    operation.state = OperationState::succeeded;  // the record is all there is to it
  } else if (!scheduler) {
    operation.state = OperationState::failed;
    operation.reason = scheduler.error().text();
  } else if (order.action.kind == ActionKind::remove) {
    finish(operation, (*scheduler)->remove(order.action.id, order.deploy.gdm_id, call));
  } else if (!order.action.to) {
    finish(operation, (*scheduler)->scale(order.deploy, call));
  } else {
    Order named = order;
    named.deploy.image = pull_name(node, order.cluster, order.deploy.image, call);
    Drive drive(node, **scheduler, named, wait, call);
    drive.run(operation, reporter);
    if (!drive.was_refused()) {
      return;
    }
    const auto gone =
        refused_as_gone(node,
                        order.deploy.image.digest,
                        {order.deploy.image.repository, named.deploy.image.repository},
                        call);
    if (!gone) {
      return;
    }
    operation.reason += "; " + *gone;
  }
  reporter.report(operation);
}

/// The places of the orders of each cluster.
std::vector<std::vector<std::size_t>> by_cluster(const std::vector<Order>& orders) {
  std::map<ClusterName, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    places[orders[i].action.id.cluster].push_back(i);
  }
  std::vector<std::vector<std::size_t>> out;
  for (auto& [cluster, of_it] : places) {
    out.push_back(std::move(of_it));
  }
  return out;
}

/// Writes how orders ended, also after the deadline that ended the waiting. `offline`: the state in
/// which they were given, where the GDM's remote is away.
void write_outcomes(Node& node,
                    const std::vector<Order>& orders,
                    const std::vector<Operation>& operations,
                    const GdmState* offline,
                    const Call& call) {
  const Call end{Deadline::at(node.clock.now() + kConcludeLimit), call.stop};
  const Status written = offline != nullptr ? conclude_offline(node, *offline, orders, operations)
                                            : conclude(node, orders, operations, end);
  if (!written) {
    node.events.emit({Level::warning,
                      "outcome_not_recorded",
                      "how the deployments ended could not be recorded: " + written.error().text(),
                      {}});
  }
}

}  // namespace

std::vector<Operation> not_carried_out(Node& node, const Plan& plan) {
  std::vector<Operation> out;
  for (const Action& action : plan.actions) {
    if (action.kind == ActionKind::blocked || action.kind == ActionKind::undecided) {
      out.push_back(begin(node, action, action.precondition.generation));
      out.back().state =
          action.kind == ActionKind::blocked ? OperationState::blocked : OperationState::undecided;
    }
  }
  return out;
}

Operation carry_out_order(
    Node& node, const Order& order, bool wait, Reporter& reporter, const Call& call) {
  Operation operation = begin(node, order.action, order.deploy.generation);
  carry_out_one(node, order, wait, operation, reporter, call);
  write_outcomes(node, {order}, {operation}, nullptr, call);
  return operation;
}

Result<std::vector<Operation>> carry_out(Node& node,
                                         const Planned& planned,
                                         const GiveReason& reason,
                                         const OnOperation& on_operation,
                                         const Call& call) {
  auto out = not_carried_out(node, planned.plan);
  const auto orders = orders_of(planned, reason);
  if (orders.empty() && !reason.set_manifest_version) {
    return out;
  }
  const auto given = SOUS_TRY(give(node, planned, orders, reason, call));
  std::vector<Operation> operations;
  operations.reserve(orders.size());
  for (const Order& order : orders) {
    operations.push_back(begin(node, order.action, order.deploy.generation));
  }
  Reporter reporter(node, on_operation);
  // A cluster that does not answer has only its own deployments wait.
  const auto clusters = by_cluster(orders);
  for_each_parallel(node.executor,
                    "rectify",
                    clusters.size(),
                    clusters.size(),
                    call,
                    [&](std::size_t c, const Call& of_cluster) {
                      const auto& places = clusters[c];
                      for_each_parallel(
                          node.executor,
                          "rectify",
                          places.size(),
                          kDeploymentsAtOnce,
                          of_cluster,
                          [&](std::size_t i, const Call& each) {
                            const std::size_t at = places[i];
                            carry_out_one(
                                node, orders[at], reason.wait, operations[at], reporter, each);
                          });
                    });
  write_outcomes(node, orders, operations, reason.offline ? &given : nullptr, call);
  out.insert(out.end(), operations.begin(), operations.end());
  return out;
}

}  // namespace sous::app
