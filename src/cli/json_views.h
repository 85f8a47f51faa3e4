#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/artifact_query.h"
#include "app/build.h"
#include "app/index_verify.h"
#include "app/init.h"
#include "app/planner.h"
#include "app/queries.h"
#include "app/source_reader.h"
#include "base/error.h"
#include "codec/json.h"
#include "model/deployment.h"
#include "model/operation.h"
#include "ports/artifact_index.h"
#include "ports/operation_store.h"

/// The shapes of `-o json` (design.md section 12). Every key is always there, null where there is
/// nothing; a change of meaning needs a new format number.
namespace sous::cli {

/// An object that begins with `format`.
codec::Json document();

codec::Json error_json(const Error& error);
codec::Json build_json(const app::BuildReport& report);
codec::Json why_json(const Decision& decision, const LockFile* file);
codec::Json plan_json(const Plan& plan, std::span<const app::SilentCluster> silent);
codec::Json operations_json(std::span<const Operation> operations);
codec::Json operation_record_json(const OperationRecord& record);
codec::Json operation_records_json(std::span<const OperationRecord> records);
codec::Json given_json(std::span<const GivenRecord> records);
codec::Json gdm_json(const std::string& revision,
                     std::span<const app::IntendedDeployment> deployments);
codec::Json ads_json(const app::AdsReport& report);
codec::Json artifacts_json(const app::ArtifactReport& report);
codec::Json clusters_json(const Definitions& definitions);
codec::Json lock_json(const LockFile& file);
codec::Json locks_json(std::span<const LockFile* const> files);
codec::Json scans_json(std::span<const ScanRecord> scans);
codec::Json verify_json(const app::VerifyReport& report);
codec::Json context_json(const app::SourceReading& reading);
codec::Json init_json(const app::InitReport& report, bool written);

/// Parts of more than one shape.
codec::Json text_or_null(std::string_view text);
codec::Json texts_json(std::span<const std::string> texts);
codec::Json advisories_json(const Advisories& advisories);
codec::Json time_json(const std::optional<WallTime>& time);
codec::Json digest_json(const std::optional<Digest>& digest);
codec::Json source_json(const SourceId& source, const std::optional<Revision>& revision);
codec::Json completeness_json(const Completeness& completeness);
codec::Json deed_json(const Deed& deed);

}  // namespace sous::cli
