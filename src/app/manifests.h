#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/gdm_access.h"
#include "app/record_edits.h"

/// What people do with manifests (sous-original 6.2): read, set, delete, and change single values.
/// All changes go through edit_records: field by field, comments and layout kept.
namespace sous::app {

/// A manifest as its text stands in the GDM.
struct ManifestText {
  ManifestId id;
  std::string path;
  std::string revision;  // of the GDM
  std::string text;
  std::vector<std::string> problems;  // of one that cannot be read
  std::string stale;                  // as GdmSnapshot::stale
};

/// The text of a manifest, also of a broken one; at an earlier revision where given. With the
/// remote away, with the edits kept on this machine. Fails with not_found.
Result<ManifestText> get_manifest(Node& node,
                                  const ManifestId& id,
                                  const std::optional<std::string>& revision,
                                  const Call& call);

/// What a text is about. Fails with invalid_data, every problem a detail.
Result<ManifestId> manifest_of_text(const std::string& text);
/// Refuses what no manifest of that id may be in this GDM: a broken text, one about another
/// manifest (usage), one with a cluster that is not defined and was not there before.
Status check_manifest(const GdmState& state, const ManifestId& id, const std::string& text);

struct SetManifest {
  ManifestId id;
  std::string text;
  /// The state that the text was made from; absent: the newest.
  const GdmState* base = nullptr;
  /// Take the text as it is, comments and all. Else only the fields that it changes are edited in
  /// the text that is there, unless the new one has comments of its own.
  bool verbatim = false;
};

Result<EditOutcome> set_manifest(Node& node, const SetManifest& request, const Call& call);

struct DeleteManifest {
  ManifestId id;
  std::string reason;    // may be empty
  bool release = false;  // also where a deployment is held
};

struct DeletedManifest {
  EditOutcome outcome;
  /// What runs because of it: the next rectify removes it.
  std::vector<DeploymentId> deployed;
};

/// Fails with not_found, and with blocked where a deployment is held.
Result<DeletedManifest> delete_manifest(Node& node,
                                        const DeleteManifest& request,
                                        const Call& call);

/// Which entries of a manifest a change is about.
struct EntrySelection {
  ManifestId id;
  std::set<ClusterName> clusters;  // empty: all entries
  bool release = false;
};

/// Sets the number of instances. Fails with not_found for a manifest, with usage for a cluster that
/// it lacks, and with blocked for a deployment that is held.
Result<EditOutcome> scale(Node& node,
                          const EntrySelection& entries,
                          std::uint32_t instances,
                          const Call& call);
/// Sets the version that is intended; nothing is deployed. Fails as scale.
Result<EditOutcome> update_version(Node& node,
                                   const EntrySelection& entries,
                                   const Version& version,
                                   const Call& call);
/// Sets one entry of the metadata, or removes it where there is no value. Fails as scale, a hold
/// apart: metadata is no part of what runs.
Result<EditOutcome> set_metadata(Node& node,
                                 const EntrySelection& entries,
                                 const std::string& name,
                                 const std::optional<std::string>& value,
                                 const Call& call);

/// The entries of a manifest that a selection names. Fails with not_found and usage.
Result<std::map<ClusterName, DeploySpec>> selected_entries(const Gdm& gdm,
                                                           const EntrySelection& entries);

}  // namespace sous::app
