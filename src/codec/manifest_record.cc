#include "codec/manifest_record.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "codec/startup_record.h"
#include "codec/yaml_edit.h"
#include "codec/yaml_fields.h"

namespace sous::codec {
namespace {

// What a deployment gets that does not say (sous-original 1.9, in the order of its fields).
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kDefaultResources{{
    {"cpus", "0.1"},
    {"memory", "100"},
    {"ports", "1"},
}};

bool is_amount(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && std::isfinite(value) &&
         value >= 0;
}

TextMap read_resources(YamlFields& deployment, Flaws& flaws) {
  TextMap out = deployment.text_map("Resources");
  for (const auto& resource : kDefaultResources) {
    const std::string_view key = resource.first;
    const std::string_view fallback = resource.second;
    const auto found = out.find(key);
    const auto flaw = [&](std::string message) {
      Flaw out_flaw = deployment.flaw("Resources", std::move(message), std::string(fallback));
      out_flaw.field = deployment.where() + ".Resources." + std::string(key);
      flaws.push_back(std::move(out_flaw));
      out[std::string(key)] = fallback;
    };
    if (found == out.end()) {
      flaw("is missing");
    } else if (key == "ports" ? !parse_uint(found->second).has_value()
                              : !is_amount(found->second)) {
      flaw(quote(found->second) + " is no amount");
    }
  }
  return out;
}

std::optional<Volume> read_volume(YamlFields fields, Flaws& flaws) {
  Volume out{.host = fields.text_or_empty("Host"),
             .container = fields.text_or_empty("Container"),
             .mode = Volume::Mode::read_only};
  fields.required("Host");
  fields.required("Container");
  const std::string mode = fields.text_or_empty("Mode");
  const std::string lower = to_lower_ascii(mode);
  if (!mode.empty() && lower != "ro" && lower != "rw") {
    fields.problem("Mode", quote(mode) + " is neither RO nor RW");
    return std::nullopt;
  }
  out.mode = lower == "rw" ? Volume::Mode::read_write : Volume::Mode::read_only;
  if (mode != "RO" && mode != "RW") {
    flaws.push_back(fields.flaw("Mode",
                                mode.empty() ? "is missing" : quote(mode) + " is not in capitals",
                                lower == "rw" ? "RW" : "RO"));
  }
  fields.find_misspelt(flaws);
  return out;
}

std::vector<Volume> read_volumes(YamlFields& deployment, Flaws& flaws) {
  std::vector<Volume> out;
  const auto items = deployment.items("Volumes");
  for (const YamlNode* item : items) {
    YamlFields fields(*item, deployment.where() + ".Volumes", deployment.diagnostics());
    if (auto volume = read_volume(std::move(fields), flaws)) {
      out.push_back(std::move(*volume));
    }
  }
  const YamlNode* list = deployment.get("Volumes");
  if (list != nullptr && list->items.size() > items.size()) {
    flaws.push_back(deployment.flaw("Volumes", "has an empty entry", "left out"));
  }
  return out;
}

DeploySpec read_spec(YamlFields& fields, Flaws& flaws) {
  DeploySpec out;
  if (const auto version = fields.parsed("Version", Version::parse)) {
    out.version = *version;
  } else if (fields.get("Version") == nullptr) {
    flaws.push_back(fields.flaw("Version", "is missing", out.version.str()));
  }
  if (const auto instances = fields.small_number("NumInstances")) {
    out.num_instances = *instances;
  } else if (fields.get("NumInstances") == nullptr) {
    flaws.push_back(fields.flaw("NumInstances", "is missing", std::to_string(out.num_instances)));
  }
  out.resources = read_resources(fields, flaws);
  out.env = fields.text_map("Env");
  out.metadata = fields.text_map("Metadata");
  out.volumes = read_volumes(fields, flaws);
  if (auto startup = fields.fields("Startup")) {
    out.startup = decode_startup(*startup, flaws);
  }
  out.schedule = fields.text_or_empty("Schedule");
  out.singularity_request_id = fields.text_or_empty("SingularityRequestID");
  fields.find_misspelt(flaws);
  return out;
}

Kind read_kind(YamlFields& fields, Flaws& flaws) {
  const std::string text = fields.text_or_empty("Kind");
  if (text.empty()) {
    flaws.push_back(fields.flaw("Kind", "is missing", std::string(kind_text(Kind::http_service))));
    return Kind::http_service;
  }
  const auto kind = parse_kind(text);
  if (!kind) {
    fields.problem("Kind",
                   quote(text) + " is none of http-service, worker, on-demand, scheduled and once");
  }
  return kind.value_or(Kind::http_service);
}

void read_deployments(YamlFields& fields, Manifest& out, Flaws& flaws) {
  auto deployments = fields.fields("Deployments");
  if (!deployments) {
    return;
  }
  for (const YamlEntry& entry : deployments->node().entries) {
    const auto cluster = ClusterName::parse(entry.key.text);
    if (!cluster) {
      deployments->problem_at(entry.key, cluster.error().text());
      continue;
    }
    YamlFields spec(entry.value, "Deployments." + entry.key.text, fields.diagnostics());
    if (!out.deployments.emplace(*cluster, read_spec(spec, flaws)).second) {
      deployments->problem_at(entry.key,
                              "the cluster " + quote(cluster->str()) + " stands there twice");
    }
  }
}

std::optional<ManifestId> read_id(YamlFields& fields) {
  auto source = fields.required_parsed("Source", SourceLocation::parse);
  const std::string flavor = fields.text_or_empty("Flavor");
  if (!source) {
    return std::nullopt;
  }
  auto id = ManifestId::make(std::move(*source), flavor);
  if (!id) {
    fields.problem("Flavor", id.error().text());
    return std::nullopt;
  }
  return std::move(*id);
}

YamlValue encode_volumes(const std::vector<Volume>& volumes) {
  YamlValue out = YamlValue::sequence();
  for (const Volume& volume : volumes) {
    YamlValue item = YamlValue::mapping();
    item.add("Host", YamlValue::of(volume.host));
    item.add("Container", YamlValue::of(volume.container));
    item.add("Mode", YamlValue::of(volume.mode == Volume::Mode::read_only ? "RO" : "RW"));
    out.items.push_back(std::move(item));
  }
  return out;
}

void add_if_any(YamlValue& out, std::string_view key, YamlValue value) {
  if (!value.entries.empty() || !value.items.empty()) {
    out.add(key, std::move(value));
  }
}

YamlValue encode_spec(const DeploySpec& spec) {
  YamlValue out = YamlValue::mapping();
  out.add("Version", YamlValue::of(spec.version.str()));
  out.add("NumInstances", YamlValue::number(spec.num_instances));
  add_if_any(out, "Resources", encode_text_map(spec.resources));
  add_if_any(out, "Env", encode_text_map(spec.env));
  add_if_any(out, "Metadata", encode_text_map(spec.metadata));
  add_if_any(out, "Volumes", encode_volumes(spec.volumes));
  add_if_any(out, "Startup", encode_startup(spec.startup));
  out.add_text("Schedule", spec.schedule);
  out.add_text("SingularityRequestID", spec.singularity_request_id);
  return out;
}

YamlPath path_to(const ClusterName& cluster) { return {"Deployments", cluster.str()}; }

// The manifest in `text`, which must have a deployment to `cluster`.
Status require_deployment(std::string_view text, const ClusterName& cluster) {
  const auto manifest = SOUS_TRY(decode_manifest("manifest", text));
  if (!manifest.value.deployments.contains(cluster)) {
    return Error(Code::not_found,
                 "manifest " + manifest.value.id.str() + " has no deployment to " + cluster.str());
  }
  return ok();
}

Result<std::string> set_field(std::string_view text,
                              const ClusterName& cluster,
                              std::string_view field,
                              const YamlValue& value) {
  SOUS_TRY_VOID(require_deployment(text, cluster));
  YamlPath path = path_to(cluster);
  path.emplace_back(field);
  return yaml_set(text, path, value);
}

}  // namespace

Result<Decoded<Manifest>> decode_manifest(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields fields(root, "", diagnostics);
  Flaws flaws;
  auto id = read_id(fields);
  if (!id) {
    // Read on with any name, to tell the other problems too.
    id = ManifestId(SourceLocation());
  }
  Manifest out{
      .id = std::move(*id), .kind = read_kind(fields, flaws), .owners = {}, .deployments = {}};
  for (std::string& owner : fields.texts("Owners")) {
    out.owners.insert(std::move(owner));
  }
  read_deployments(fields, out, flaws);
  fields.find_misspelt(flaws);
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return Decoded<Manifest>{std::move(out), std::move(flaws)};
}

std::string encode_manifest(const Manifest& manifest) {
  YamlValue out = YamlValue::mapping();
  out.add("Source", YamlValue::of(manifest.id.source().str()));
  out.add_text("Flavor", manifest.id.flavor());
  YamlValue owners = YamlValue::sequence();
  for (const std::string& owner : manifest.owners) {
    owners.items.push_back(YamlValue::of(owner));
  }
  out.add("Owners", std::move(owners));
  out.add("Kind", YamlValue::of(kind_text(manifest.kind)));
  YamlValue deployments = YamlValue::mapping();
  for (const auto& [cluster, spec] : manifest.deployments) {
    deployments.add(cluster.str(), encode_spec(spec));
  }
  out.add("Deployments", std::move(deployments));
  return yaml_block(out);
}

Result<std::string> set_deployment_version(std::string_view text,
                                           const ClusterName& cluster,
                                           const Version& version) {
  return set_field(text, cluster, "Version", YamlValue::of(version.str()));
}

Result<std::string> set_num_instances(std::string_view text,
                                      const ClusterName& cluster,
                                      std::uint32_t instances) {
  return set_field(text, cluster, "NumInstances", YamlValue::number(instances));
}

Result<std::string> set_deployment_text(std::string_view text,
                                        const ClusterName& cluster,
                                        std::string_view map,
                                        std::string_view key,
                                        const std::optional<std::string>& value) {
  SOUS_TRY_VOID(require_deployment(text, cluster));
  YamlPath path = path_to(cluster);
  path.emplace_back(map);
  path.emplace_back(key);
  return value ? yaml_set(text, path, YamlValue::of(*value)) : yaml_remove(text, path);
}

Result<std::string> add_deployment(std::string_view text,
                                   const ClusterName& cluster,
                                   const DeploySpec& spec) {
  const auto manifest = SOUS_TRY(decode_manifest("manifest", text));
  if (manifest.value.deployments.contains(cluster)) {
    return Error(Code::already_exists,
                 "manifest " + manifest.value.id.str() + " has a deployment to " + cluster.str());
  }
  return yaml_set(text, path_to(cluster), encode_spec(spec));
}

Result<std::string> remove_deployment(std::string_view text, const ClusterName& cluster) {
  SOUS_TRY_VOID(require_deployment(text, cluster));
  return yaml_remove(text, path_to(cluster));
}

}  // namespace sous::codec
