#pragma once

#include <span>
#include <string>

#include "app/artifact_query.h"
#include "app/build.h"
#include "app/index_verify.h"
#include "app/pending_builds.h"
#include "app/queries.h"
#include "cli/table.h"
#include "model/decision.h"

/// Answers about images, for people.
namespace sous::cli {

std::string why_text(const Decision& decision, const LockFile* file, const Style& style);
std::string build_text(const app::BuildReport& report, const Style& style);
/// What clusters are likely to refuse, a line for each; empty when there is nothing of the kind.
std::string build_warning(const app::BuildReport& report);
/// One line on a build that was kept.
std::string pending_text(const app::PendingOutcome& outcome);
std::string artifacts_text(const app::ArtifactReport& report, const Style& style);
std::string lock_text(const LockFile& file, const Style& style);
std::string locks_text(std::span<const LockFile* const> files, const Style& style);
std::string scans_text(std::span<const ScanRecord> scans, const Style& style);
std::string verify_text(const app::VerifyReport& report, const Style& style);
std::string context_text(const app::SourceReading& reading, const Style& style);

}  // namespace sous::cli
