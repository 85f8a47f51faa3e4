#pragma once

#include <map>
#include <string>

#include "app/gdm_history.h"
#include "app/manifests.h"
#include "cli/table.h"
#include "codec/json.h"

/// The answers of the commands that read and edit the GDM: for programs (`-o json`, every key
/// always there) and for people.
namespace sous::cli {

/// `manifest get`: the manifest, what Sous understands of it, and the text.
codec::Json manifest_json(const app::ManifestText& manifest);
/// A manifest as a value, with what is not said filled in.
codec::Json manifest_fields_json(const Manifest& manifest);

/// What an edit did: `manifest set|edit`, `metadata set`, `scale`, `update`, `cluster ...`.
codec::Json edit_json(const std::string& subject, const app::EditOutcome& outcome);
std::string edit_text(const std::string& subject, const app::EditOutcome& outcome);

codec::Json deletion_json(const ManifestId& id, const app::DeletedManifest& deleted);
std::string deletion_text(const ManifestId& id, const app::DeletedManifest& deleted);

codec::Json metadata_json(const ManifestId& id, const std::map<ClusterName, DeploySpec>& entries);
std::string metadata_text(const std::map<ClusterName, DeploySpec>& entries);

codec::Json history_json(const app::HistoryReport& report);
std::string history_text(const app::HistoryReport& report, const Style& style);

}  // namespace sous::cli
