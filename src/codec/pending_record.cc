#include "codec/pending_record.h"

#include <utility>

#include "base/time.h"
#include "codec/deed_record.h"
#include "codec/source_record.h"
#include "codec/yaml_writer.h"

namespace sous::codec {
namespace {

/// The directory of the layout is one of those that a build makes, never a way out of its own.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

}  // namespace

Result<PendingBuild> decode_pending_build(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields record(root, "", diagnostics);
  check_record_format(record);
  auto source = decode_required_source(record);
  auto revision = record.required_parsed("revision", Revision::parse);
  const auto built_at = record.required_parsed("built_at", parse_rfc3339);
  const auto rebuild_of = record.parsed("rebuild_of", Digest::parse);
  auto repository = record.required_parsed("repository", ImageRepository::parse);
  Advisories advisories;
  for (const std::string& advisory : record.texts("advisories")) {
    advisories.add(advisory);
  }
  record.required("gdm");
  const std::string layout = record.text_or_empty("layout");
  if (!is_plain_name(layout)) {
    record.problem("layout", "it is not the name of a directory");
  }
  std::string gdm = record.text_or_empty("gdm");
  std::string name = record.text_or_empty("author_name");
  std::string email = record.text_or_empty("author_email");
  const bool anyway = record.boolean("anyway").value_or(false);
  if (!diagnostics.empty() || !source || !revision || !built_at || !repository) {
    return diagnostics.error();
  }
  return PendingBuild{.gdm_id = std::move(gdm),
                      .stamp = {.source = std::move(*source),
                                .revision = std::move(*revision),
                                .advisories = std::move(advisories),
                                .built_at = *built_at,
                                .rebuild_of = rebuild_of},
                      .kind = record.text_or_empty("kind"),
                      .repository = std::move(*repository),
                      .remote_url = record.text_or_empty("remote_url"),
                      .anyway = anyway,
                      .layout = layout,
                      .author_name = std::move(name),
                      .author_email = std::move(email)};
}

std::string encode_pending_build(const PendingBuild& pending) {
  const ArtifactStamp& stamp = pending.stamp;
  YamlValue out = YamlValue::mapping();
  out.add("format", YamlValue::number(kRecordFormat));
  out.add("gdm", YamlValue::of(pending.gdm_id));
  out.add("source", encode_source(stamp.source));
  out.add("revision", YamlValue::of(stamp.revision.str()));
  YamlValue advisories = YamlValue::sequence();
  for (const std::string& advisory : stamp.advisories.texts()) {
    advisories.items.push_back(YamlValue::of(advisory));
  }
  if (!advisories.items.empty()) {
    out.add("advisories", std::move(advisories));
  }
  out.add("built_at", YamlValue::of(format_rfc3339(stamp.built_at)));
  if (stamp.rebuild_of) {
    out.add("rebuild_of", YamlValue::of(stamp.rebuild_of->str()));
  }
  out.add_text("kind", pending.kind);
  out.add("repository", YamlValue::of(pending.repository.str()));
  out.add_text("remote_url", pending.remote_url);
  if (pending.anyway) {
    out.add("anyway", YamlValue::boolean(true));
  }
  out.add("layout", YamlValue::of(pending.layout));
  out.add_text("author_name", pending.author_name);
  out.add_text("author_email", pending.author_email);
  return yaml_block(out);
}

}  // namespace sous::codec
