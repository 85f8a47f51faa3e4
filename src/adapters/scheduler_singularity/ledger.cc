#include "adapters/scheduler_singularity/ledger.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace sous::scheduler_singularity {
namespace {

std::string a_task_of(const RequestView& view, const std::string& deploy) {
  if (view.tasks) {
    for (const auto* list : {&view.tasks->healthy, &view.tasks->not_yet_healthy}) {
      const auto found = std::ranges::find(*list, deploy, &TaskRef::deploy_id);
      if (found != list->end()) {
        return found->id;
      }
    }
  }
  return {};
}

}  // namespace

// One of another cluster of this Singularity is nothing of ours, readable or not.
KnownDeploy Ledger::known_of(const DeployFacts& facts) {
  if (cluster_of(facts) != options_.cluster.str()) {
    return {.record = {}, .problem = {}};
  }
  DeployFacts told = facts;
  if (const auto image = image_without_source(facts)) {
    if (const auto artifact = index_.find(image->digest); artifact && *artifact) {
      add_source(told, (*artifact)->image.artifact);
    }
  }
  auto record = from_deploy(told);
  if (!record) {
    return {.record = {}, .problem = record.error().text()};
  }
  return {.record = std::move(*record), .problem = {}};
}

std::vector<Ledger::Need> Ledger::needs(const std::vector<RequestView>& views) {
  std::vector<Need> out;
  auto state = state_.lock();
  for (const auto& view : views) {
    for (const auto* marker : {&view.pending, &view.active}) {
      if (*marker && may_be_ours(**marker) &&
          !state->deploys.contains({view.id, (*marker)->deploy_id})) {
        out.push_back({.key = {view.id, (*marker)->deploy_id},
                       .task = a_task_of(view, (*marker)->deploy_id)});
      }
    }
  }
  return out;
}

std::vector<std::string> Ledger::missing_addresses(const std::vector<RequestView>& views) {
  std::vector<std::string> out;
  auto state = state_.lock();
  for (const auto& view : views) {
    if (!view.active || !view.tasks) {
      continue;
    }
    const auto known = state->deploys.find({view.id, view.active->deploy_id});
    if (known == state->deploys.end() || !known->second.record) {
      continue;
    }
    for (const auto& task : view.tasks->healthy) {
      if (task.deploy_id == view.active->deploy_id && !state->addresses.contains(task.id)) {
        out.push_back(task.id);
      }
    }
  }
  return out;
}

void Ledger::note(const std::string& request, const DeployFacts& facts) {
  KnownDeploy known = known_of(facts);
  auto state = state_.lock();
  state->deploys.insert_or_assign({request, facts.id}, std::move(known));
}

void Ledger::note_task(const std::string& request, const TaskView& task) {
  if (task.deploy && !request.empty()) {
    note(request, *task.deploy);
  }
  auto state = state_.lock();
  state->addresses.insert_or_assign(
      task.ref.id, task.ports.empty() ? "" : fmt::format("{}:{}", task.host, task.ports.front()));
}

std::vector<std::string> Ledger::learn(const std::vector<RequestView>& views, const Call& call) {
  auto open = needs(views);
  std::vector<std::string> paths;
  for (const auto& need : open) {
    paths.push_back(need.task.empty() ? SingularityApi::deploy_path(need.key.first, need.key.second)
                                      : SingularityApi::task_path(need.task));
  }
  // A task may be gone since it was listed; its deploy is not.
  std::vector<Need> again;
  std::vector<std::string> unread;
  const auto take = [&](const Need& need, const Result<std::string>& body) {
    if (body && !need.task.empty()) {
      if (auto task = decode_task(*body); task && task->deploy) {
        note_task(need.key.first, *task);
        return true;
      }
    } else if (body) {
      if (auto entry = decode_deploy(*body); entry && entry->deploy) {
        note(need.key.first, *entry->deploy);
        return true;
      }
    }
    return false;
  };
  api_.read_all(
      paths,
      [&](std::size_t i, const Result<std::string>& body) {
        if (take(open[i], body)) {
          return;
        }
        if (!open[i].task.empty()) {
          again.push_back({.key = open[i].key, .task = {}});
        } else {
          unread.push_back(open[i].key.first);
        }
      },
      call);
  paths.clear();
  for (const auto& need : again) {
    paths.push_back(SingularityApi::deploy_path(need.key.first, need.key.second));
  }
  api_.read_all(
      paths,
      [&](std::size_t i, const Result<std::string>& body) {
        if (!take(again[i], body)) {
          unread.push_back(again[i].key.first);
        }
      },
      call);
  learn_tasks(missing_addresses(views), call);
  std::ranges::sort(unread);
  return unread;
}

// An address that cannot be had is only missing from a list for people.
void Ledger::learn_tasks(const std::vector<std::string>& ids, const Call& call) {
  std::vector<std::string> paths;
  for (const auto& id : ids) {
    paths.push_back(SingularityApi::task_path(id));
  }
  api_.read_all(
      paths,
      [&](std::size_t, const Result<std::string>& body) {
        if (!body) {
          return;
        }
        if (const auto task = decode_task(*body)) {
          note_task("", *task);
        }
      },
      call);
}

void Ledger::forget_all_but(const std::vector<RequestView>& views) {
  std::set<Key> deploys;
  std::set<std::string> tasks;
  for (const auto& view : views) {
    for (const auto* marker : {&view.pending, &view.active}) {
      if (*marker) {
        deploys.emplace(view.id, (*marker)->deploy_id);
      }
    }
    if (view.tasks) {
      for (const auto& task : view.tasks->healthy) {
        tasks.insert(task.id);
      }
    }
  }
  auto state = state_.lock();
  std::erase_if(state->deploys, [&](const auto& one) { return !deploys.contains(one.first); });
  std::erase_if(state->addresses, [&](const auto& one) { return !tasks.contains(one.first); });
}

std::optional<KnownDeploy> Ledger::deploy(const std::string& request, const std::string& deploy) {
  auto state = state_.lock();
  const auto found = state->deploys.find({request, deploy});
  return found == state->deploys.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Ledger::addresses(const std::vector<TaskRef>& tasks, const Call& call) {
  std::vector<std::string> unknown;
  {
    auto state = state_.lock();
    for (const auto& task : tasks) {
      if (!state->addresses.contains(task.id)) {
        unknown.push_back(task.id);
      }
    }
  }
  learn_tasks(unknown, call);
  std::vector<std::string> out;
  auto state = state_.lock();
  for (const auto& task : tasks) {
    if (const auto found = state->addresses.find(task.id);
        found != state->addresses.end() && !found->second.empty()) {
      out.push_back(found->second);
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace sous::scheduler_singularity
