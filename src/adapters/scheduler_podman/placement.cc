#include "adapters/scheduler_podman/placement.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace sous::scheduler_podman {
namespace {

constexpr std::uint32_t kRounds = 5;
constexpr std::uint64_t kMaxTable = 16ULL << 20U;

// Once podman was told to change something, silence no longer means that nothing began.
Status begun(Status status) {
  if (!status &&
      (status.error().code() == Code::unavailable || status.error().code() == Code::timeout)) {
    return std::move(status.error()).as(Code::unverified);
  }
  return status;
}

// Where the search for free ports begins: far apart for different instances and rounds, so that two
// processes rarely want the same one.
std::uint64_t port_start(const InstanceRecord& record, std::uint32_t round) {
  const std::string hex =
      Digest::sha256_of(fmt::format("{} {}", container_name(record), round)).short_hex(15);
  std::uint64_t start = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), start, 16);
  return start;
}

ContainerSpec spec_of(const DeployOrder& order, const InstanceRecord& record, Duration grace) {
  constexpr double kMegabyte = 1024.0 * 1024.0;
  const DeploySpec& deploy = order.deployment.spec;
  ContainerSpec spec{.name = container_name(record),
                     .image = record.image.str(),
                     .labels = to_labels(record),
                     .env = deploy.env,
                     .volumes = deploy.volumes,
                     .memory_bytes = static_cast<std::uint64_t>(deploy.memory_mb() * kMegabyte),
                     .cpus = deploy.cpus(),
                     .stop_timeout = static_cast<std::uint32_t>(
                         std::chrono::ceil<std::chrono::seconds>(grace).count())};
  for (std::size_t i = 0; i < record.ports.size(); ++i) {
    spec.env.insert_or_assign(fmt::format("PORT{}", i), std::to_string(record.ports[i]));
  }
  spec.env.insert_or_assign("TASK_HOST", record.task_host);
  return spec;
}

bool shares_port(const InstanceRecord& a, const InstanceRecord& b) {
  return std::ranges::any_of(a.ports, [&b](std::uint16_t port) {
    return std::ranges::find(b.ports, port) != b.ports.end();
  });
}

bool has_rival(const InstanceRecord& record, const std::vector<InstanceRecord>& all) {
  const std::string name = container_name(record);
  return std::ranges::any_of(all, [&](const InstanceRecord& other) {
    return container_name(other) != name && shares_port(record, other);
  });
}

bool holds(const std::vector<InstanceRecord>& records, const std::string& name) {
  return std::ranges::any_of(
      records, [&name](const InstanceRecord& record) { return container_name(record) == name; });
}

}  // namespace

bool is_whole(const std::vector<InstanceRecord>& records) {
  std::set<std::uint32_t> instances;
  for (const auto& record : records) {
    instances.insert(record.instance);
  }
  return !instances.empty() && *instances.rbegin() + 1ULL == instances.size();
}

Status Placement::bring_up(const DeployOrder& order,
                           std::uint32_t wanted,
                           std::uint32_t attempt,
                           const std::vector<InstanceRecord>& present,
                           const Call& call) const {
  InstanceRecord pattern = make_record(order, SOUS_TRY(ready_check_of(order.deployment)));
  pattern.attempt = attempt;
  pattern.task_host = options_.task_host;
  std::vector<InstanceRecord> missing;
  for (std::uint32_t i = wanted; i-- > 0;) {
    if (std::ranges::find(present, i, &InstanceRecord::instance) == present.end()) {
      missing.push_back(pattern);
      missing.back().instance = i;
    }
  }
  std::vector<std::string> names = names_of(present);
  std::ranges::transform(missing, std::back_inserter(names), container_name);
  if (!missing.empty() && !SOUS_TRY(api_.has_image(order.image, call))) {
    SOUS_TRY_VOID(api_.pull(order.image, call));
  }
  std::vector<std::string> made;
  Status status = create_missing(order, std::move(missing), made, call);
  for (std::size_t i = 0; status && i < names.size(); ++i) {
    status = start(names[i], call);
  }
  if (!status && !is_transient(status.error().code()) && status.error().code() != Code::cancelled) {
    // What cannot be started serves nobody; the cause is what the caller has to hear of.
    static_cast<void>(api_.end(made, Duration::zero(), call));
  }
  return status;
}

Status Placement::start(const std::string& name, const Call& call) const {
  Status started = begun(api_.start(name, call)).with("starting " + name);
  if (!started && started.error().code() == Code::not_found) {
    return std::move(started.error()).as(Code::unverified);  // somebody else removed it just now
  }
  return started;
}

Status Placement::create_missing(const DeployOrder& order,
                                 std::vector<InstanceRecord> missing,
                                 std::vector<std::string>& made,
                                 const Call& call) const {
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    if (missing.empty()) {
      return ok();
    }
    missing = SOUS_TRY(claim(order, std::move(missing), round, made, call));
  }
  if (missing.empty()) {
    return ok();
  }
  return Error(Code::failed, "every free host port was taken by somebody else in the meantime");
}

// Creates the containers with ports that look free, then reads who else claims them. Whoever sees a
// rival gives way, so of two that claim at once at most both take other ports.
Result<std::vector<InstanceRecord>> Placement::claim(const DeployOrder& order,
                                                     std::vector<InstanceRecord> missing,
                                                     std::uint32_t round,
                                                     std::vector<std::string>& made,
                                                     const Call& call) const {
  const auto before = SOUS_TRY(take_inventory(api_, call));
  auto taken = SOUS_TRY(taken_ports(before));
  std::vector<InstanceRecord> created;
  for (auto& record : missing) {
    record.ports = SOUS_TRY(choose_ports(
        options_.ports, port_start(record, round), order.deployment.spec.ports(), taken));
    taken.insert(record.ports.begin(), record.ports.end());
    if (SOUS_TRY(create(order, record, call))) {
      made.push_back(container_name(record));
      created.push_back(record);
    }
  }
  const auto after = SOUS_TRY(take_inventory(api_, call));
  std::vector<InstanceRecord> losers;
  std::ranges::copy_if(created, std::back_inserter(losers), [&after](const InstanceRecord& record) {
    return has_rival(record, after.records);
  });
  const auto names = names_of(losers);
  SOUS_TRY_VOID(begun(api_.end(names, Duration::zero(), call)));
  std::erase_if(made, [&names](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  });
  return losers;
}

// True when this call made the container, false when it is there already and ours.
Result<bool> Placement::create(const DeployOrder& order,
                               const InstanceRecord& record,
                               const Call& call) const {
  const std::string name = container_name(record);
  Status created = api_.create(spec_of(order, record, options_.grace), call);
  if (created) {
    return true;
  }
  if (created.error().code() == Code::not_found) {
    return std::move(created.error()).as(Code::failed).with("creating " + name);
  }
  if (created.error().code() != Code::failed || !api_.container(name, call)) {
    return begun(std::move(created)).with("creating " + name).error();
  }
  const auto inventory = SOUS_TRY(take_inventory(api_, call));
  if (holds(inventory.records, name)) {
    return false;
  }
  return Error(Code::failed,
               fmt::format("the name {} is taken by a container that Sous did not make", name))
      .hinted(fmt::format("look at it with `podman inspect {0}`, then rename or remove it: "
                          "`podman rename {0} NEW`",
                          name));
}

Result<std::set<std::uint16_t>> Placement::taken_ports(const Inventory& inventory) const {
  std::set<std::uint16_t> taken;
  for (const auto* records : {&inventory.records, &inventory.leaving}) {
    for (const auto& record : *records) {
      taken.insert(record.ports.begin(), record.ports.end());
    }
  }
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    auto table = files_.read(path, kMaxTable);
    if (!table && table.error().code() == Code::not_found) {
      continue;  // a kernel without IPv6
    }
    const std::string text = SOUS_TRY(std::move(table).with("reading which ports are in use"));
    taken.merge(bound_ports(text));
  }
  return taken;
}

}  // namespace sous::scheduler_podman
