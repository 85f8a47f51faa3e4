#pragma once

#include <span>
#include <string>

#include "app/doctor.h"
#include "app/planner.h"
#include "app/queries.h"
#include "cli/table.h"
#include "model/operation.h"
#include "ports/operation_store.h"

/// Answers about deployments, for people.
namespace sous::cli {

std::string plan_text(const Plan& plan,
                      std::span<const app::SilentCluster> silent,
                      const Style& style);
std::string operations_text(std::span<const Operation> operations, const Style& style);
std::string operation_record_text(const OperationRecord& record, const Style& style);
std::string operation_records_text(std::span<const OperationRecord> records, const Style& style);
std::string given_text(std::span<const GivenRecord> records, const Style& style);
/// One line about where an operation is now.
std::string progress_line(const Operation& operation);
std::string ads_text(const app::AdsReport& report, const Style& style);
std::string gdm_text(std::span<const app::IntendedDeployment> deployments, const Style& style);
std::string clusters_text(const Definitions& definitions, const Style& style);
std::string findings_text(std::span<const app::Finding> findings, const Style& style);

}  // namespace sous::cli
