#pragma once

#include <map>
#include <vector>

#include "app/artifact_query.h"
#include "app/build.h"
#include "app/doctor.h"
#include "app/gdm_history.h"
#include "app/index_verify.h"
#include "app/manifests.h"
#include "app/planner.h"
#include "app/queries.h"
#include "model/decision.h"
#include "model/operation.h"

/// Hand-made values of every answer, with what is usual and what is awkward in each.
namespace sous::golden {

struct Explained {
  Decision decision;
  LockFile file;
};

Explained decided_by_rank();
Explained decided_by_final_lock();
Decision undecided();
Decision no_image();
Explained locked_elsewhere();

app::BuildReport clean_build();
app::BuildReport rebuild();
app::BuildReport pending_build();
app::BuildReport split_build();
app::ArtifactReport artifacts();
Plan plan();
std::vector<app::SilentCluster> silent_clusters();
std::vector<Operation> operations();
std::vector<OperationRecord> operation_records();
std::vector<GivenRecord> given();
app::AdsReport ads();
std::vector<app::IntendedDeployment> intended();
app::ManifestText manifest_text();
app::ManifestText broken_manifest();
app::EditOutcome edit();
app::EditOutcome pending_edit();
app::DeletedManifest deletion();
std::map<ClusterName, DeploySpec> metadata();
app::HistoryReport history();
Definitions definitions();
std::vector<ScanRecord> scans();
app::VerifyReport index_verification();
std::vector<app::Finding> findings();
app::SourceReading reading();
Error error();

}  // namespace sous::golden
