#include "app/gdm_history.h"

#include <utility>

#include "codec/record_paths.h"
#include "codec/yaml_changes.h"

namespace sous::app {
namespace {

using Text = std::shared_ptr<const std::string>;

Text text_at(const GdmSnapshot& snapshot, const std::string& path) {
  const auto found = snapshot.records.find(path);
  return found == snapshot.records.end() ? nullptr : found->second;
}

/// Whether people write it, so that its fields tell something.
bool is_for_people(const std::string& path) {
  return path == codec::kDefinitionsPath || path.starts_with(codec::kManifestsDirectory);
}

std::vector<FieldDifference> fields_of(const Text& before, const Text& after) {
  std::vector<FieldDifference> out;
  const auto changes =
      codec::yaml_changes(before ? *before : std::string(), after ? *after : std::string());
  if (!changes) {
    return out;  // one of the two is no YAML
  }
  for (const auto& change : *changes) {
    out.push_back({change.field(), codec::shown(change.from), codec::shown(change.to)});
  }
  return out;
}

RecordChange change_of(const std::string& path, const Text& before, const Text& after) {
  RecordChange out{.path = path, .kind = RecordChange::Kind::changed, .fields = {}};
  if (!before) {
    out.kind = RecordChange::Kind::added;
  } else if (!after) {
    out.kind = RecordChange::Kind::removed;
    return out;
  }
  if (is_for_people(path)) {
    out.fields = fields_of(before, after);
  }
  return out;
}

Result<GdmSnapshot> snapshot_at(Node& node, const std::string& revision, const Call& call) {
  return revision.empty() ? Result<GdmSnapshot>(GdmSnapshot{}) : node.gdm.read_at(revision, call);
}

}  // namespace

Result<HistoryReport> gdm_history(Node& node,
                                  const std::optional<ManifestId>& manifest,
                                  std::size_t limit,
                                  const Call& call) {
  const auto only = manifest ? std::optional{codec::manifest_path(*manifest)} : std::nullopt;
  auto history = SOUS_TRY(node.gdm.history(only, limit, call));
  HistoryReport out{.items = {}, .stale = std::move(history.stale)};
  for (auto& entry : history.entries) {
    const auto after = SOUS_TRY(node.gdm.read_at(entry.revision, call));
    const auto before = SOUS_TRY(snapshot_at(node, entry.parent, call));
    HistoryItem item{.entry = std::move(entry), .changes = {}};
    for (const auto& path : item.entry.paths) {
      if (!only || path == *only) {
        item.changes.push_back(change_of(path, text_at(before, path), text_at(after, path)));
      }
    }
    out.items.push_back(std::move(item));
  }
  return out;
}

}  // namespace sous::app
