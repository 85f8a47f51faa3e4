#include "model/labels.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace sous {
namespace {

using Identity = std::variant<SousImage, NotSous, NeedsConfig>;

constexpr std::array kRequired{
    label::kRepoUrl, label::kRepoOffset, label::kVersion, label::kRevision};
constexpr std::array kTwins{
    label::kOciSource, label::kOciRevision, label::kOciVersion, label::kOciCreated};

const std::string* find(const LabelMap& labels, std::string_view key) {
  const auto found = labels.find(key);
  return found == labels.end() ? nullptr : &found->second;
}

bool is_ours(std::string_view key) { return key.starts_with(label::kPrefix); }

LabelMap without_ours(const LabelMap& labels) {
  LabelMap out;
  for (const auto& [key, value] : labels) {
    if (!is_ours(key)) {
      out.emplace_hint(out.end(), key, value);
    }
  }
  return out;
}

// The standard wants a URL; a repository without a host on the network is a path.
std::string source_url(const std::string& repo) {
  constexpr std::string_view kLocal = "localhost/";
  if (repo.starts_with(kLocal)) {
    return "file:///" + repo.substr(kLocal.size());
  }
  return "https://" + repo;
}

// The four required keys that `labels` lacks.
std::vector<std::string> missing_keys(const LabelMap& labels) {
  std::vector<std::string> out;
  for (const std::string_view key : kRequired) {
    if (find(labels, key) == nullptr) {
      out.emplace_back(key);
    }
  }
  return out;
}

// Reads one optional value; false, with `problem` told, when it is there but malformed.
template <typename T, typename Parse>
bool read_optional(const LabelMap& labels,
                   std::string_view key,
                   Parse parse,
                   std::optional<T>& out,
                   std::string& problem) {
  const std::string* text = find(labels, key);
  if (text == nullptr) {
    return true;
  }
  auto value = parse(*text);
  if (!value) {
    problem = std::string(key) + ": " + value.error().message();
    return false;
  }
  out = std::move(*value);
  return true;
}

NotSous malformed(std::string_view key, const Error& error) {
  return NotSous{std::string(key) + ": " + error.message(), true};
}

// What `labels` say, whether or not they are the image's own.
std::variant<Artifact, NotSous> read_labels(const LabelMap& labels, const ImageFacts& facts) {
  if (const auto missing = missing_keys(labels); !missing.empty()) {
    if (missing.size() == kRequired.size()) {
      return NotSous{"no Sous labels"};
    }
    return NotSous{"labels missing: " + join(missing, ", ")};
  }
  auto location =
      SourceLocation::make(*find(labels, label::kRepoUrl), *find(labels, label::kRepoOffset));
  if (!location) {
    return malformed(label::kRepoUrl, location.error());
  }
  auto version = Version::parse(*find(labels, label::kVersion));
  if (!version) {
    return malformed(label::kVersion, version.error());
  }
  auto revision = Revision::parse(*find(labels, label::kRevision));
  if (!revision) {
    return malformed(label::kRevision, revision.error());
  }
  Artifact out{.digest = facts.digest,
               .source = SourceId{std::move(*location), version->without_build()},
               .revision = std::move(*revision),
               .advisories = {},
               .built_at = {},
               .created = facts.created,
               .rebuild_of = {},
               .config_digest = facts.config_digest,
               .layers = {},
               .repositories = {}};
  if (const std::string* advisories = find(labels, label::kAdvisories)) {
    out.advisories = Advisories::parse_label(*advisories);
  }
  std::string problem;
  if (!read_optional(labels, label::kBuiltAt, parse_rfc3339, out.built_at, problem) ||
      !read_optional(labels, label::kRebuildOf, Digest::parse, out.rebuild_of, problem) ||
      !read_optional(labels, label::kLayers, Digest::parse, out.layers, problem)) {
    return NotSous{problem, true};
  }
  return out;
}

// The first key by which two label maps name different artifacts; empty when they agree.
std::string_view disagreement(const LabelMap& a, const LabelMap& b) {
  constexpr std::array kIdentity{label::kRepoUrl,
                                 label::kRepoOffset,
                                 label::kVersion,
                                 label::kRevision,
                                 label::kAdvisories,
                                 label::kBuiltAt,
                                 label::kRebuildOf};
  for (const std::string_view key : kIdentity) {
    const std::string* left = find(a, key);
    const std::string* right = find(b, key);
    if ((left == nullptr) != (right == nullptr) || (left != nullptr && *left != *right)) {
      return key;
    }
  }
  return {};
}

// Whether the layers label, where there is one, is about other layers than the image's.
bool layers_mismatch(const LabelMap& labels, const std::vector<Digest>& diff_ids) {
  const std::string* proof = find(labels, label::kLayers);
  return proof != nullptr && *proof != layers_proof(diff_ids).str();
}

SousImage image_of(Artifact artifact, Proof proof, const ImageFacts& facts) {
  if (facts.diff_ids) {
    artifact.layers = layers_proof(*facts.diff_ids);
  }
  return SousImage{std::move(artifact), proof, facts.diff_ids.value_or(std::vector<Digest>{})};
}

NotSous foreign_labels() { return NotSous{"labels are the base image's"}; }

// The config annotation names this manifest's own config: the annotations are its own.
Identity read_proven(const ImageFacts& facts) {
  auto read = read_labels(facts.annotations, facts);
  if (auto* reason = std::get_if<NotSous>(&read)) {
    return std::move(*reason);
  }
  if (facts.labels) {
    if (const auto key = disagreement(facts.annotations, *facts.labels); !key.empty()) {
      return NotSous{"label and annotation disagree: " + std::string(key), true};
    }
    if (facts.diff_ids && layers_mismatch(*facts.labels, *facts.diff_ids)) {
      return foreign_labels();
    }
  }
  return image_of(std::move(std::get<Artifact>(read)), Proof::proven, facts);
}

Identity read_config_labels(const ImageFacts& facts) {
  auto read = read_labels(*facts.labels, facts);
  if (auto* reason = std::get_if<NotSous>(&read)) {
    return std::move(*reason);
  }
  const bool has_proof = find(*facts.labels, label::kLayers) != nullptr;
  if (has_proof && !facts.diff_ids) {
    return NeedsConfig{};
  }
  if (has_proof && layers_mismatch(*facts.labels, *facts.diff_ids)) {
    return foreign_labels();
  }
  const Proof proof = has_proof ? Proof::needs_twin : Proof::original;
  return image_of(std::move(std::get<Artifact>(read)), proof, facts);
}

}  // namespace

Digest layers_proof(const std::vector<Digest>& diff_ids) {
  std::string joined;
  for (const Digest& id : diff_ids) {
    if (!joined.empty()) {
      joined += '\n';
    }
    joined += id.str();
  }
  return Digest::sha256_of(joined);
}

LabelMap written_labels(const LabelMap& existing,
                        const ArtifactStamp& stamp,
                        const std::vector<Digest>& diff_ids) {
  LabelMap out = without_ours(existing);
  const auto set = [&out](std::string_view key, std::string value) {
    out.insert_or_assign(std::string(key), std::move(value));
  };
  const std::string built_at = format_rfc3339(stamp.built_at);
  set(label::kRepoUrl, stamp.source.location.repo());
  set(label::kRepoOffset, stamp.source.location.offset());
  set(label::kVersion, stamp.source.version.canonical());
  set(label::kRevision, stamp.revision.str());
  if (!stamp.advisories.empty()) {
    set(label::kAdvisories, stamp.advisories.label());
  }
  set(label::kBuiltAt, built_at);
  if (stamp.rebuild_of) {
    set(label::kRebuildOf, stamp.rebuild_of->str());
  }
  set(label::kLayers, layers_proof(diff_ids).str());
  set(label::kOciSource, source_url(stamp.source.location.repo()));
  set(label::kOciRevision, stamp.revision.str());
  set(label::kOciVersion, stamp.source.version.canonical());
  set(label::kOciCreated, built_at);
  return out;
}

LabelMap written_annotations(const LabelMap& existing,
                             const LabelMap& config_labels,
                             const Digest& config_digest) {
  LabelMap out = without_ours(existing);
  for (const auto& [key, value] : config_labels) {
    if (is_ours(key)) {
      out.insert_or_assign(key, value);
    }
  }
  for (const std::string_view key : kTwins) {
    if (const std::string* value = find(config_labels, key)) {
      out.insert_or_assign(std::string(key), *value);
    }
  }
  out.insert_or_assign(std::string(label::kConfig), config_digest.str());
  return out;
}

std::variant<SousImage, NotSous, NeedsConfig> read_identity(const ImageFacts& facts) {
  const std::string* proof = find(facts.annotations, label::kConfig);
  if (proof != nullptr && facts.config_digest) {
    if (*proof == facts.config_digest->str()) {
      return read_proven(facts);
    }
    // A proof that is not this image's shows that its base was a Sous image; had Sous built this
    // one, it would have replaced the proof. No config can change that, so none is asked for.
    return foreign_labels();
  }
  if (facts.labels) {
    return read_config_labels(facts);
  }
  if (!facts.config_digest && facts.children.empty()) {
    return NotSous{"no image config"};
  }
  return NeedsConfig{};
}

}  // namespace sous
