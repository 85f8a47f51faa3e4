#include "codec/definitions_record.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "codec/startup_record.h"
#include "codec/yaml_edit.h"
#include "codec/yaml_fields.h"

namespace sous::codec {
namespace {

std::optional<std::string> not_empty(std::optional<std::string> text) {
  return text && text->empty() ? std::nullopt : std::move(text);
}

ClusterDefinition read_cluster(ClusterName name, YamlFields& fields, Flaws& flaws) {
  ClusterDefinition out{.name = std::move(name),
                        .kind = fields.text_or_empty("Kind"),
                        .base_url = fields.text_or_empty("BaseURL"),
                        .env = fields.text_map("Env"),
                        .startup = {},
                        .allowed_advisories = {},
                        .registry = not_empty(fields.text("Registry")),
                        .machine_id = not_empty(fields.text("MachineID"))};
  if (out.kind.empty()) {
    fields.problem("Kind", "is missing");
  }
  if (const auto inner = fields.text("Name"); inner && *inner != out.name.str()) {
    flaws.push_back(fields.flaw(
        "Name", quote(*inner) + " differs from the key that names the cluster", out.name.str()));
  }
  if (auto startup = fields.fields("Startup")) {
    out.startup = decode_startup(*startup, flaws);
  }
  for (std::string& advisory : fields.texts("AllowedAdvisories")) {
    if (!advisory.empty()) {
      out.allowed_advisories.add(advisory);
    }
  }
  fields.find_misspelt(flaws);
  return out;
}

YamlValue encode_cluster(const ClusterDefinition& cluster) {
  YamlValue out = YamlValue::mapping();
  out.add("Name", YamlValue::of(cluster.name.str()));
  out.add("Kind", YamlValue::of(cluster.kind));
  out.add("BaseURL", YamlValue::of(cluster.base_url));
  if (cluster.registry) {
    out.add("Registry", YamlValue::of(*cluster.registry));
  }
  if (cluster.machine_id) {
    out.add("MachineID", YamlValue::of(*cluster.machine_id));
  }
  if (!cluster.env.empty()) {
    out.add("Env", encode_text_map(cluster.env));
  }
  if (YamlValue startup = encode_startup(cluster.startup); !startup.entries.empty()) {
    out.add("Startup", std::move(startup));
  }
  if (!cluster.allowed_advisories.empty()) {
    YamlValue allowed = YamlValue::sequence();
    for (const std::string& advisory : cluster.allowed_advisories.texts()) {
      allowed.items.push_back(YamlValue::of(advisory));
    }
    out.add("AllowedAdvisories", std::move(allowed));
  }
  return out;
}

YamlPath path_to(const ClusterName& cluster) { return {"Clusters", cluster.str()}; }

Status require_cluster(std::string_view text, const ClusterName& cluster) {
  const auto definitions = SOUS_TRY(decode_definitions("definitions", text));
  if (!definitions.value.clusters.contains(cluster)) {
    return Error(Code::not_found, "cluster " + cluster.str() + " is not defined");
  }
  return ok();
}

}  // namespace

Result<Decoded<Definitions>> decode_definitions(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields fields(root, "", diagnostics);
  Decoded<Definitions> out;
  out.value.docker_repo = fields.text_or_empty("DockerRepo");
  // The original's, kept in the text and never used by it either.
  for (const std::string_view unused : {"EnvVars", "Resources", "Metadata"}) {
    fields.get(unused);
  }
  if (auto clusters = fields.fields("Clusters")) {
    for (const YamlEntry& entry : clusters->node().entries) {
      auto name = ClusterName::parse(entry.key.text);
      if (!name) {
        clusters->problem_at(entry.key, name.error().text());
        continue;
      }
      YamlFields cluster(entry.value, "Clusters." + entry.key.text, diagnostics);
      auto definition = read_cluster(*name, cluster, out.flaws);
      if (!out.value.clusters.emplace(*name, std::move(definition)).second) {
        clusters->problem_at(entry.key,
                             "the cluster " + quote(name->str()) + " stands there twice");
      }
    }
  }
  fields.find_misspelt(out.flaws);
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return out;
}

std::string encode_definitions(const Definitions& definitions) {
  YamlValue out = YamlValue::mapping();
  out.add_text("DockerRepo", definitions.docker_repo);
  YamlValue clusters = YamlValue::mapping();
  for (const auto& [name, cluster] : definitions.clusters) {
    clusters.add(name.str(), encode_cluster(cluster));
  }
  out.add("Clusters", std::move(clusters));
  return yaml_block(out);
}

Result<std::string> add_cluster(std::string_view text, const ClusterDefinition& cluster) {
  const auto definitions = SOUS_TRY(decode_definitions("definitions", text));
  if (definitions.value.clusters.contains(cluster.name)) {
    return Error(Code::already_exists, "cluster " + cluster.name.str() + " is defined");
  }
  return yaml_set(text, path_to(cluster.name), encode_cluster(cluster));
}

Result<std::string> remove_cluster(std::string_view text, const ClusterName& cluster) {
  SOUS_TRY_VOID(require_cluster(text, cluster));
  return yaml_remove(text, path_to(cluster));
}

Result<std::string> set_cluster_text(std::string_view text,
                                     const ClusterName& cluster,
                                     std::string_view field,
                                     const std::optional<std::string>& value) {
  SOUS_TRY_VOID(require_cluster(text, cluster));
  YamlPath path = path_to(cluster);
  path.emplace_back(field);
  return value ? yaml_set(text, path, YamlValue::of(*value)) : yaml_remove(text, path);
}

Result<std::string> set_cluster_advisories(std::string_view text,
                                           const ClusterName& cluster,
                                           const Advisories& advisories) {
  SOUS_TRY_VOID(require_cluster(text, cluster));
  const auto definitions = SOUS_TRY(decode_definitions("definitions", text)).value;
  const auto& before = definitions.clusters.at(cluster).allowed_advisories.texts();
  const auto& after = advisories.texts();
  YamlPath path = path_to(cluster);
  path.emplace_back("AllowedAdvisories");
  std::string out(text);
  const bool only_added = std::ranges::includes(after, before);
  if (!only_added) {
    out = SOUS_TRY(yaml_remove(out, path));
  }
  for (const std::string& advisory : after) {
    if (!only_added || !before.contains(advisory)) {
      out = SOUS_TRY(yaml_append(out, path, YamlValue::of(advisory)));
    }
  }
  return out;
}

Result<GdmFormat> decode_format(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields fields(root, "", diagnostics);
  fields.required("format");
  fields.required("id");
  const GdmFormat out{.format = fields.number("format").value_or(GdmFormat::kNewest),
                      .id = fields.text_or_empty("id")};
  if (out.format != GdmFormat::kNewest) {
    fields.problem("format",
                   std::to_string(out.format) + " is not format " +
                       std::to_string(GdmFormat::kNewest) + ", which this version of sous knows");
  }
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return out;
}

std::string encode_format(const GdmFormat& format) {
  YamlValue out = YamlValue::mapping();
  out.add("format", YamlValue::number(format.format));
  out.add("id", YamlValue::of(format.id));
  return yaml_block(out);
}

}  // namespace sous::codec
