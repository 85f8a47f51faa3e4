#include "app/watch.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/locked.h"

namespace sous::app {
namespace {

/// The deployments on their way, each with its task.
class Watch {
 public:
  Watch(Node& node, const WatchRequest& request, const OnOperation& on_operation, const Call& call)
      : node_(node),
        request_(request),
        call_(call),
        reporter_(node, on_operation),
        ended_signal_(node.executor.make_signal()) {}

  /// Until the call ends.
  void run() {
    while (!is_over()) {
      reap();
      const bool all_begun = cycle();
      rest(all_begun);
    }
    for (auto& [id, task] : tasks_) {
      task->request_stop();
    }
    for (auto& [id, task] : tasks_) {
      task->join();
    }
  }

 private:
  bool is_over() const {
    return call_.stop.stop_requested() || call_.deadline.passed(node_.clock.now());
  }

  void reap() {
    std::set<DeploymentId> ended;
    {
      auto guard = ended_.lock();
      guard->swap(ended);
    }
    for (const auto& id : ended) {
      if (const auto task = tasks_.find(id); task != tasks_.end()) {
        task->second->join();
        tasks_.erase(task);
      }
    }
  }

  /// Waits for the next look; while orders are left over, also for a task that makes room.
  void rest(bool all_begun) {
    const Deadline next = call_.deadline.trimmed(node_.clock.now() + request_.interval);
    while (!is_over()) {
      if (ended_signal_->wait({next, call_.stop}) != Signal::Woken::notified || !all_begun) {
        return;
      }
      reap();
    }
  }

  void warn(const std::string& name, const std::string& text) {
    node_.events.emit({Level::warning, name, text, {}});
  }

  /// The newest state; absent when it cannot be acted on.
  const GdmState* newest() {
    auto snapshot = node_.gdm.read(call_);
    if (!snapshot) {
      warn("gdm_not_read", "the GDM cannot be read: " + snapshot.error().text());
      return nullptr;
    }
    if (!snapshot->stale.empty()) {
      warn("gdm_stale", "nothing is done, the GDM may be outdated: " + snapshot->stale);
      return nullptr;
    }
    if (!state_ || state_->gdm.revision != snapshot->revision) {
      state_ = state_ ? newer_state(std::move(*state_), std::move(*snapshot))
                      : decode_state(node_.executor, std::move(*snapshot));
    }
    return &*state_;
  }

  /// One look; whether everything that is to be done has begun.
  bool cycle() {
    const GdmState* state = newest();
    if (state == nullptr) {
      return true;
    }
    auto planned = make_plan(node_, *state, request_.scope, call_);
    if (!planned) {
      warn("not_planned", "no plan can be made: " + planned.error().text());
      return true;
    }
    tell_silent(*planned);
    std::map<ClusterName, std::size_t> begun;
    for (const auto& [id, task] : tasks_) {
      ++begun[id.cluster];
    }
    bool all = true;
    std::erase_if(planned->plan.actions, [&](const Action& action) {
      if (tasks_.contains(action.id)) {
        return true;
      }
      const bool leaves =
          action.kind == ActionKind::nothing || action.kind == ActionKind::blocked ||
          action.kind == ActionKind::undecided || engine::is_defaults_update(action);
      if (!leaves && begun[action.id.cluster] >= kDeploymentsAtOnce) {
        all = false;
        return true;
      }
      begun[action.id.cluster] += leaves ? 0 : 1;
      return leaves;
    });
    begin(*planned);
    return all;
  }

  /// A cluster that stays silent is told once, not at every look.
  void tell_silent(const Planned& planned) {
    std::set<ClusterName> now;
    for (const auto& silent : planned.observed.silent) {
      now.insert(silent.name);
      if (!silent_.contains(silent.name)) {
        warn("cluster_not_seen", silent.error.text());
      }
    }
    silent_ = std::move(now);
  }

  void begin(const Planned& planned) {
    const GiveReason reason{.message = "Rectify", .why = "sous rectify -watch"};
    const auto orders = orders_of(planned, reason);
    if (orders.empty()) {
      return;
    }
    if (const auto given = give(node_, planned, orders, reason, call_); !given) {
      warn("not_given", "nothing was given: " + given.error().text());
      return;
    }
    for (const Order& order : orders) {
      auto shared = std::make_shared<const Order>(order);
      tasks_.insert_or_assign(
          order.action.id,
          node_.executor.start("rectify", [this, shared](const std::stop_token& stop) {
            carry_out_order(node_, *shared, true, reporter_, {Deadline::never(), stop});
            {
              auto ended = ended_.lock();
              ended->insert(shared->action.id);
            }
            ended_signal_->notify();
          }));
    }
  }

  Node& node_;
  const WatchRequest& request_;
  const Call& call_;
  Reporter reporter_;
  std::optional<GdmState> state_;
  std::set<ClusterName> silent_;
  std::unique_ptr<Signal> ended_signal_;
  Locked<std::set<DeploymentId>> ended_;
  std::map<DeploymentId, std::unique_ptr<Task>> tasks_;  // last: tasks use all of the above
};

}  // namespace

Status watch(Node& node,
             const WatchRequest& request,
             const OnOperation& on_operation,
             const Call& call) {
  Watch(node, request, on_operation, call).run();
  return ok();
}

}  // namespace sous::app
