#include "codec/given_record.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "codec/deed_record.h"

namespace sous::codec {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 5> kOutcomes{{
    {Outcome::pending, "pending"},
    {Outcome::succeeded, "succeeded"},
    {Outcome::failed, "failed"},
    {Outcome::superseded, "superseded"},
    {Outcome::overtaken, "overtaken"},
}};

Outcome read_outcome(YamlFields& fields) {
  fields.required("outcome");
  const auto text = fields.text("outcome");
  for (const auto& [outcome, name] : kOutcomes) {
    if (text == name) {
      return outcome;
    }
  }
  if (text) {
    fields.problem(
        "outcome",
        quote(*text) + " is none of pending, succeeded, failed, superseded and overtaken");
  }
  return Outcome::pending;
}

std::optional<GivenEntry> read_entry(YamlFields& fields) {
  fields.required("generation");
  const auto generation = fields.number("generation");
  auto version = fields.required_parsed("version", Version::parse);
  auto revision = fields.parsed("revision", Revision::parse);
  auto image = fields.required_parsed("image", ImageByDigest::parse);
  Deed given = decode_required_deed(fields, "given");
  const Outcome outcome = read_outcome(fields);
  if (!generation || !version || !image) {
    return std::nullopt;
  }
  return GivenEntry{.generation = *generation,
                    .version = std::move(*version),
                    .revision = std::move(revision),
                    .image = std::move(*image),
                    .own_fingerprint = fields.text_or_empty("own_fingerprint"),
                    .effective_fingerprint = fields.text_or_empty("effective_fingerprint"),
                    .given = std::move(given),
                    .outcome = outcome,
                    .outcome_reason = fields.text_or_empty("outcome_reason")};
}

std::vector<GivenEntry> read_entries(YamlFields& record) {
  std::vector<GivenEntry> out;
  const auto items = record.items("entries");
  for (const YamlNode* item : items) {
    YamlFields fields(*item, "entries", record.diagnostics());
    auto entry = read_entry(fields);
    if (!entry) {
      continue;
    }
    if (!out.empty() && out.back().generation >= entry->generation) {
      fields.problem("generation", "does not rise from entry to entry");
    }
    out.push_back(std::move(*entry));
  }
  if (items.empty()) {
    record.problem("entries", "is empty");
  }
  return out;
}

std::optional<Hold> read_hold(YamlFields& record) {
  auto held = decode_deed(record, "hold");
  if (!held) {
    return std::nullopt;
  }
  return Hold{.held = std::move(*held),
              .until = record.fields("hold")->parsed("until", parse_rfc3339)};
}

std::optional<DeploymentId> read_deployment(YamlFields& record) {
  auto manifest = record.required_parsed("manifest", ManifestId::parse);
  auto cluster = record.required_parsed("cluster", ClusterName::parse);
  if (!manifest || !cluster) {
    return std::nullopt;
  }
  return DeploymentId{.manifest = std::move(*manifest), .cluster = std::move(*cluster)};
}

YamlValue encode_entry(const GivenEntry& entry) {
  YamlValue out = YamlValue::mapping();
  out.add("generation", YamlValue::number(entry.generation));
  out.add("version", YamlValue::of(entry.version.str()));
  if (entry.revision) {
    out.add("revision", YamlValue::of(entry.revision->str()));
  }
  out.add("image", YamlValue::of(entry.image.str()));
  out.add_text("own_fingerprint", entry.own_fingerprint);
  out.add_text("effective_fingerprint", entry.effective_fingerprint);
  out.add("given", encode_deed(entry.given));
  out.add("outcome", YamlValue::of(outcome_text(entry.outcome)));
  out.add_text("outcome_reason", entry.outcome_reason);
  return out;
}

YamlValue encode_hold(const Hold& hold) {
  YamlValue out = encode_deed(hold.held);
  if (hold.until) {
    out.add("until", YamlValue::of(format_rfc3339(*hold.until)));
  }
  return out;
}

}  // namespace

std::string_view outcome_text(Outcome outcome) {
  for (const auto& [known, name] : kOutcomes) {
    if (known == outcome) {
      return name;
    }
  }
  return "";
}

Result<GivenRecord> decode_given(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields record(root, "", diagnostics);
  check_record_format(record);
  auto deployment = read_deployment(record);
  auto entries = read_entries(record);
  std::optional<GivenEntry> last_succeeded;
  if (auto fields = record.fields("last_succeeded")) {
    last_succeeded = read_entry(*fields);
  }
  auto hold = read_hold(record);
  auto removed = decode_deed(record, "removed");
  std::string adopted_id = record.text_or_empty("adopted_id");
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return GivenRecord{.deployment = std::move(*deployment),
                     .entries = std::move(entries),
                     .last_succeeded = std::move(last_succeeded),
                     .hold = std::move(hold),
                     .removed = std::move(removed),
                     .adopted_id = std::move(adopted_id)};
}

std::string encode_given(const GivenRecord& record) {
  YamlValue out = YamlValue::mapping();
  out.add("format", YamlValue::number(kRecordFormat));
  out.add("manifest", YamlValue::of(record.deployment.manifest.str()));
  out.add("cluster", YamlValue::of(record.deployment.cluster.str()));
  out.add_text("adopted_id", record.adopted_id);
  if (record.hold) {
    out.add("hold", encode_hold(*record.hold));
  }
  if (record.removed) {
    out.add("removed", encode_deed(*record.removed));
  }
  YamlValue entries = YamlValue::sequence();
  for (const GivenEntry& entry : record.entries) {
    entries.items.push_back(encode_entry(entry));
  }
  out.add("entries", std::move(entries));
  if (record.last_succeeded) {
    out.add("last_succeeded", encode_entry(*record.last_succeeded));
  }
  return yaml_block(out);
}

}  // namespace sous::codec
