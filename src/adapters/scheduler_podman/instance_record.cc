#include "adapters/scheduler_podman/instance_record.h"

#include <limits>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "model/labels.h"

namespace sous::scheduler_podman {
namespace {

namespace json = boost::json;

constexpr std::string_view kCluster = "com.opentable.sous.cluster";
constexpr std::string_view kFlavor = "com.opentable.sous.flavor";
constexpr std::string_view kImage = "com.opentable.sous.image";
constexpr std::string_view kDigest = "com.opentable.sous.digest";
constexpr std::string_view kKind = "com.opentable.sous.kind";
constexpr std::string_view kGeneration = "com.opentable.sous.generation";
constexpr std::string_view kAttempt = "com.opentable.sous.attempt";
constexpr std::string_view kInstance = "com.opentable.sous.instance";
constexpr std::string_view kFingerprint = "com.opentable.sous.fingerprint";
constexpr std::string_view kSpec = "com.opentable.sous.spec";
constexpr std::string_view kPorts = "com.opentable.sous.ports";
constexpr std::string_view kTaskHost = "com.opentable.sous.task_host";
constexpr std::string_view kPending = "com.opentable.sous.pending";
constexpr std::string_view kReady = "com.opentable.sous.ready";

constexpr std::size_t kSlugLength = 40;

std::string encode_ready(const ReadyCheck& check) {
  json::array statuses;
  for (const auto status : check.failure_statuses) {
    statuses.emplace_back(status);
  }
  const json::object object{{"probes", check.probes},
                            {"https", check.https},
                            {"path", check.path},
                            {"port_index", check.port_index},
                            {"failure_statuses", std::move(statuses)},
                            {"connect_delay", check.connect_delay},
                            {"startup_timeout", check.startup_timeout},
                            {"answer_timeout", check.answer_timeout},
                            {"interval", check.interval},
                            {"retries", check.retries}};
  return json::serialize(object);
}

Result<ReadyCheck> decode_ready(std::string_view text) {
  const auto number = [](const json::value& value) { return json::value_to<std::uint32_t>(value); };
  try {
    const json::value value = json::parse({text.data(), text.size()});
    const json::object& object = value.as_object();
    ReadyCheck check;
    check.probes = object.at("probes").as_bool();
    check.https = object.at("https").as_bool();
    check.path = json::value_to<std::string>(object.at("path"));
    check.port_index = number(object.at("port_index"));
    for (const auto& status : object.at("failure_statuses").as_array()) {
      check.failure_statuses.push_back(number(status));
    }
    check.connect_delay = number(object.at("connect_delay"));
    check.startup_timeout = number(object.at("startup_timeout"));
    check.answer_timeout = number(object.at("answer_timeout"));
    check.interval = number(object.at("interval"));
    check.retries = number(object.at("retries"));
    return check;
  } catch (const std::exception& e) {
    return Error(Code::invalid_data,
                 fmt::format("label `{}` cannot be read: {}", kReady, e.what()));
  }
}

std::string encode_fields(const TextMap& fields) {
  json::object object;
  for (const auto& [name, value] : fields) {
    object.emplace(name, value);
  }
  return json::serialize(object);
}

Result<TextMap> decode_fields(std::string_view text) {
  TextMap out;
  try {
    const json::value value = json::parse({text.data(), text.size()});
    for (const auto& [name, field] : value.as_object()) {
      out.emplace(std::string(name), json::value_to<std::string>(field));
    }
    return out;
  } catch (const std::exception& e) {
    return Error(Code::invalid_data, fmt::format("label `{}` cannot be read: {}", kSpec, e.what()));
  }
}

Result<std::string> text_of(const TextMap& labels, std::string_view key) {
  const auto found = labels.find(key);
  if (found == labels.end()) {
    return Error(Code::invalid_data, fmt::format("label `{}` is missing", key));
  }
  return found->second;
}

template <typename Number>
Result<Number> number_of(const TextMap& labels, std::string_view key) {
  const std::string text = SOUS_TRY(text_of(labels, key));
  const auto value = parse_uint(text);
  if (!value || *value > std::numeric_limits<Number>::max()) {
    return Error(Code::invalid_data, fmt::format("label `{}` is no number: `{}`", key, text));
  }
  return static_cast<Number>(*value);
}

Result<std::vector<std::uint16_t>> ports_of(const TextMap& labels) {
  const std::string text = SOUS_TRY(text_of(labels, kPorts));
  std::vector<std::uint16_t> ports;
  if (text.empty()) {
    return ports;
  }
  for (const auto part : split(text, ',')) {
    const auto port = parse_uint(part);
    if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max()) {
      return Error(Code::invalid_data,
                   fmt::format("label `{}` holds no ports: `{}`", kPorts, text));
    }
    ports.push_back(static_cast<std::uint16_t>(*port));
  }
  return ports;
}

Result<DeploymentId> deployment_of(const TextMap& labels) {
  const auto repo = SOUS_TRY(text_of(labels, label::kRepoUrl));
  const auto offset = SOUS_TRY(text_of(labels, label::kRepoOffset));
  const auto flavor = SOUS_TRY(text_of(labels, kFlavor));
  const auto cluster = SOUS_TRY(text_of(labels, kCluster));
  auto location = SOUS_TRY(SourceLocation::make(repo, offset));
  auto manifest = SOUS_TRY(ManifestId::make(std::move(location), flavor));
  auto name = SOUS_TRY(ClusterName::parse(cluster));
  return DeploymentId{std::move(manifest), std::move(name)};
}

Result<ImageByDigest> image_of(const TextMap& labels) {
  const auto repository = SOUS_TRY(text_of(labels, kImage));
  const auto digest = SOUS_TRY(text_of(labels, kDigest));
  return ImageByDigest::parse(repository + "@" + digest);
}

Result<std::optional<Revision>> revision_of(const TextMap& labels) {
  const auto text = SOUS_TRY(text_of(labels, label::kRevision));
  if (text.empty()) {
    return std::optional<Revision>();
  }
  return std::optional<Revision>(SOUS_TRY(Revision::parse(text)));
}

Result<Kind> kind_of(const TextMap& labels) {
  const auto text = SOUS_TRY(text_of(labels, kKind));
  if (const auto kind = parse_kind(text)) {
    return *kind;
  }
  return Error(Code::invalid_data, fmt::format("label `{}` names no kind: `{}`", kKind, text));
}

// The readable part of a name; the hash beside it tells equal ones apart.
std::string slug(const DeploymentId& id) {
  const std::string& repo = id.manifest.source().repo();
  std::string text(repo.substr(repo.rfind('/') + 1));
  if (!id.manifest.flavor().empty()) {
    text += "-" + id.manifest.flavor();
  }
  text += "-" + id.cluster.str();
  text = to_lower_ascii(text).substr(0, kSlugLength);
  for (char& c : text) {
    c = is_alnum(c) ? c : '-';
  }
  return text;
}

}  // namespace

InstanceRecord make_record(const DeployOrder& order, const ReadyCheck& ready) {
  return {.gdm_id = order.gdm_id,
          .deployment = order.deployment.id,
          .kind = order.deployment.kind,
          .generation = order.generation,
          .attempt = 1,
          .instance = 0,
          .image = order.image,
          .version = order.deployment.spec.version,
          .revision = order.revision,
          .pending = order.pending,
          .fingerprint = order.deployment.effective_fingerprint,
          .spec_fields = order.spec_fields,
          .task_host = {},
          .ports = {},
          .ready = ready};
}

TextMap to_labels(const InstanceRecord& record) {
  std::vector<std::string> ports;
  for (const auto port : record.ports) {
    ports.push_back(std::to_string(port));
  }
  const ManifestId& manifest = record.deployment.manifest;
  TextMap labels;
  const auto set = [&labels](std::string_view key, std::string value) {
    labels.emplace(std::string(key), std::move(value));
  };
  set(kGdmIdLabel, record.gdm_id);
  set(label::kRepoUrl, manifest.source().repo());
  set(label::kRepoOffset, manifest.source().offset());
  set(label::kVersion, record.version.str());
  set(label::kRevision, record.revision ? record.revision->str() : "");
  set(kFlavor, manifest.flavor());
  set(kCluster, record.deployment.cluster.str());
  set(kKind, std::string(kind_text(record.kind)));
  set(kGeneration, std::to_string(record.generation));
  set(kAttempt, std::to_string(record.attempt));
  set(kInstance, std::to_string(record.instance));
  set(kImage, record.image.repository.str());
  set(kDigest, record.image.digest.str());
  set(kFingerprint, record.fingerprint);
  set(kSpec, encode_fields(record.spec_fields));
  set(kTaskHost, record.task_host);
  set(kPorts, join(ports, ","));
  set(kPending, record.pending ? "true" : "false");
  set(kReady, encode_ready(record.ready));
  return labels;
}

Result<InstanceRecord> from_labels(const TextMap& labels) {
  auto deployment = SOUS_TRY(deployment_of(labels));
  auto image = SOUS_TRY(image_of(labels));
  InstanceRecord record{
      .gdm_id = {}, .deployment = std::move(deployment), .image = std::move(image)};
  record.gdm_id = SOUS_TRY(text_of(labels, kGdmIdLabel));
  record.kind = SOUS_TRY(kind_of(labels));
  record.generation = SOUS_TRY(number_of<std::uint64_t>(labels, kGeneration));
  record.attempt = SOUS_TRY(number_of<std::uint32_t>(labels, kAttempt));
  record.instance = SOUS_TRY(number_of<std::uint32_t>(labels, kInstance));
  record.revision = SOUS_TRY(revision_of(labels));
  const auto pending = labels.find(kPending);  // containers made before it was known lack it
  record.pending = pending != labels.end() && pending->second == "true";
  record.fingerprint = SOUS_TRY(text_of(labels, kFingerprint));
  const auto spec = SOUS_TRY(text_of(labels, kSpec));
  record.spec_fields = SOUS_TRY(decode_fields(spec));
  record.task_host = SOUS_TRY(text_of(labels, kTaskHost));
  record.ports = SOUS_TRY(ports_of(labels));
  const auto version = SOUS_TRY(text_of(labels, label::kVersion));
  record.version = SOUS_TRY(Version::parse(version));
  const auto ready = SOUS_TRY(text_of(labels, kReady));
  record.ready = SOUS_TRY(decode_ready(ready));
  if (record.ready.probes && record.ready.port_index >= record.ports.size()) {
    return Error(Code::invalid_data, "the labels name a port to probe that they do not hold");
  }
  return record;
}

std::string generation_name(const InstanceRecord& record) {
  // A GDM id never holds a newline, so the pair cannot be read in two ways.
  const Digest key = Digest::sha256_of(record.gdm_id + "\n" + record.deployment.str());
  return fmt::format("{}{}-{}-g{}-a{}",
                     kNamePrefix,
                     slug(record.deployment),
                     key.short_hex(32),
                     record.generation,
                     record.attempt);
}

std::string container_name(const InstanceRecord& record) {
  return fmt::format("{}-i{}", generation_name(record), record.instance);
}

}  // namespace sous::scheduler_podman
