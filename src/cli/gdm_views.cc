#include "cli/gdm_views.h"

#include <utility>

#include <fmt/format.h>

#include "cli/json_views.h"
#include "cli/wording.h"
#include "codec/manifest_record.h"
#include "codec/yaml_writer.h"

namespace sous::cli {
namespace {

using codec::Json;

constexpr std::size_t kShortRevision = 12;

Json map_json(const TextMap& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) {
    out.set(key, value);
  }
  return out;
}

template <typename T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json startup_json(const Startup& startup) {
  Json out = Json::object();
  out.set("skip_check", maybe(startup.skip_check));
  out.set("connect_delay", maybe(startup.connect_delay));
  out.set("timeout", maybe(startup.timeout));
  out.set("connect_interval", maybe(startup.connect_interval));
  out.set("check_ready_protocol", maybe(startup.check_ready_protocol));
  out.set("check_ready_uri_path", maybe(startup.check_ready_uri_path));
  out.set("check_ready_port_index", maybe(startup.check_ready_port_index));
  Json statuses;
  if (startup.check_ready_failure_statuses) {
    statuses = Json::array();
    for (const auto status : *startup.check_ready_failure_statuses) {
      statuses.push(status);
    }
  }
  out.set("check_ready_failure_statuses", std::move(statuses));
  out.set("check_ready_uri_timeout", maybe(startup.check_ready_uri_timeout));
  out.set("check_ready_interval", maybe(startup.check_ready_interval));
  out.set("check_ready_retries", maybe(startup.check_ready_retries));
  return out;
}

Json spec_json(const DeploySpec& spec) {
  Json out = Json::object();
  out.set("version", spec.version.str());
  out.set("instances", spec.num_instances);
  out.set("resources", map_json(spec.resources));
  out.set("env", map_json(spec.env));
  out.set("metadata", map_json(spec.metadata));
  Json volumes = Json::array();
  for (const auto& volume : spec.volumes) {
    Json one = Json::object();
    one.set("host", volume.host);
    one.set("container", volume.container);
    one.set("mode", volume.mode == Volume::Mode::read_only ? "RO" : "RW");
    volumes.push(std::move(one));
  }
  out.set("volumes", std::move(volumes));
  out.set("startup", startup_json(spec.startup));
  out.set("schedule", text_or_null(spec.schedule));
  out.set("singularity_request_id", text_or_null(spec.singularity_request_id));
  return out;
}

std::string_view kind_of_change(app::RecordChange::Kind kind) {
  switch (kind) {
    case app::RecordChange::Kind::added:
      return "added";
    case app::RecordChange::Kind::changed:
      return "changed";
    case app::RecordChange::Kind::removed:
      return "removed";
  }
  return "";
}

Json change_json(const app::RecordChange& change) {
  Json out = Json::object();
  out.set("path", change.path);
  out.set("change", kind_of_change(change.kind));
  Json fields = Json::array();
  for (const auto& field : change.fields) {
    Json one = Json::object();
    one.set("field", field.field);
    one.set("from", field.from);
    one.set("to", field.to);
    fields.push(std::move(one));
  }
  out.set("fields", std::move(fields));
  return out;
}

std::string what(const GdmHistoryEntry& entry) {
  return entry.message.substr(0, entry.message.find('\n'));
}

/// The lines of a message behind the first, without the blank ones around them.
std::string why(const GdmHistoryEntry& entry) {
  const auto end = entry.message.find('\n');
  const auto begin = end == std::string::npos ? end : entry.message.find_first_not_of('\n', end);
  return begin == std::string::npos ? "" : entry.message.substr(begin);
}

std::string who(const GdmHistoryEntry& entry) {
  return entry.author.email.empty() ? entry.author.name
                                    : fmt::format("{} <{}>", entry.author.name, entry.author.email);
}

std::string fields_text(const app::RecordChange& change) {
  std::string out;
  for (const auto& field : change.fields) {
    if (field.from.empty()) {
      out += fmt::format("      {}: {}\n", field.field, field.to);
    } else if (field.to.empty()) {
      out += fmt::format("      {}: {} is gone\n", field.field, field.from);
    } else {
      out += fmt::format("      {}: {} -> {}\n", field.field, field.from, field.to);
    }
  }
  return out;
}

}  // namespace

Json manifest_fields_json(const Manifest& manifest) {
  Json out = Json::object();
  out.set("repo", manifest.id.source().repo());
  out.set("offset", manifest.id.source().offset());
  out.set("flavor", manifest.id.flavor());
  out.set("kind", kind_text(manifest.kind));
  Json owners = Json::array();
  for (const auto& owner : manifest.owners) {
    owners.push(owner);
  }
  out.set("owners", std::move(owners));
  Json deployments = Json::object();
  for (const auto& [cluster, spec] : manifest.deployments) {
    deployments.set(cluster.str(), spec_json(spec));
  }
  out.set("deployments", std::move(deployments));
  return out;
}

Json manifest_json(const app::ManifestText& manifest) {
  Json out = document();
  out.set("manifest", manifest.id.str());
  out.set("path", manifest.path);
  out.set("revision", text_or_null(manifest.revision));
  const auto decoded = codec::decode_manifest(manifest.path, manifest.text);
  out.set("fields", decoded ? manifest_fields_json(decoded->value) : Json());
  Json flaws = Json::array();
  if (decoded) {
    for (const auto& flaw : decoded->flaws) {
      Json one = Json::object();
      one.set("line", flaw.at.line);
      one.set("field", flaw.field);
      one.set("message", flaw.message);
      one.set("read_as", flaw.repair);
      flaws.push(std::move(one));
    }
  }
  out.set("flaws", std::move(flaws));
  out.set("problems", texts_json(manifest.problems));
  out.set("stale", text_or_null(manifest.stale));
  out.set("text", manifest.text);
  return out;
}

Json edit_json(const std::string& subject, const app::EditOutcome& outcome) {
  Json out = document();
  out.set("subject", subject);
  out.set("changed", outcome.changed);
  out.set("pending", outcome.pending);
  out.set("revision", outcome.pending ? Json() : text_or_null(outcome.state.snapshot.revision));
  return out;
}

std::string edit_text(const std::string& subject, const app::EditOutcome& outcome) {
  if (!outcome.changed) {
    return fmt::format("{}: nothing to change\n", subject);
  }
  if (outcome.pending) {
    return fmt::format(
        "{}: kept on this machine; the next command writes it when the GDM's remote answers\n",
        subject);
  }
  return fmt::format("{}: done (revision {})\n",
                     subject,
                     outcome.state.snapshot.revision.substr(0, kShortRevision));
}

Json deletion_json(const ManifestId& id, const app::DeletedManifest& deleted) {
  Json out = edit_json(id.str(), deleted.outcome);
  Json clusters = Json::array();
  for (const auto& deployment : deleted.deployed) {
    clusters.push(deployment.cluster.str());
  }
  out.set("deployed", std::move(clusters));
  return out;
}

std::string deletion_text(const ManifestId& id, const app::DeletedManifest& deleted) {
  std::string out = edit_text(id.str(), deleted.outcome);
  for (const auto& deployment : deleted.deployed) {
    out +=
        fmt::format("still deployed in {}: `sous rectify` removes it\n", deployment.cluster.str());
  }
  return out;
}

Json metadata_json(const ManifestId& id, const std::map<ClusterName, DeploySpec>& entries) {
  Json out = document();
  out.set("manifest", id.str());
  Json clusters = Json::object();
  for (const auto& [cluster, spec] : entries) {
    clusters.set(cluster.str(), map_json(spec.metadata));
  }
  out.set("clusters", std::move(clusters));
  return out;
}

std::string metadata_text(const std::map<ClusterName, DeploySpec>& entries) {
  codec::YamlValue out = codec::YamlValue::mapping();
  for (const auto& [cluster, spec] : entries) {
    codec::YamlValue map = codec::YamlValue::mapping();
    for (const auto& [key, value] : spec.metadata) {
      map.add(key, codec::YamlValue::of(value));
    }
    out.add(cluster.str(), std::move(map));
  }
  return codec::yaml_block(out);
}

Json history_json(const app::HistoryReport& report) {
  Json out = document();
  Json items = Json::array();
  for (const auto& item : report.items) {
    Json one = Json::object();
    one.set("revision", item.entry.revision);
    one.set("parent", text_or_null(item.entry.parent));
    one.set("when", format_rfc3339(item.entry.when));
    one.set("who", who(item.entry));
    one.set("what", what(item.entry));
    one.set("why", text_or_null(why(item.entry)));
    Json changes = Json::array();
    for (const auto& change : item.changes) {
      changes.push(change_json(change));
    }
    one.set("changes", std::move(changes));
    items.push(std::move(one));
  }
  out.set("history", std::move(items));
  out.set("stale", text_or_null(report.stale));
  return out;
}

std::string history_text(const app::HistoryReport& report, const Style& style) {
  std::string out;
  for (const auto& item : report.items) {
    out += fmt::format("{}{}  {}  {}\n  {}\n",
                       out.empty() ? "" : "\n",
                       style.bold(item.entry.revision.substr(0, kShortRevision)),
                       moment(item.entry.when),
                       who(item.entry),
                       what(item.entry));
    if (const std::string reason = why(item.entry); !reason.empty()) {
      out += fmt::format("  why: {}\n", reason);
    }
    for (const auto& change : item.changes) {
      out += fmt::format("    {} {}\n", kind_of_change(change.kind), change.path);
      out += fields_text(change);
    }
  }
  return out.empty() ? "Nothing was changed yet.\n" : out;
}

}  // namespace sous::cli
