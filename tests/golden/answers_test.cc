#include <gtest/gtest.h>

#include "cli/deployment_texts.h"
#include "cli/gdm_views.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/output.h"
#include "golden.h"
#include "samples.h"

namespace sous::golden {
namespace {

using cli::Style;

constexpr Style kPlain{};
constexpr Style kNarrow{.width = 80};

void check(const std::string& name, const codec::Json& json, const std::string& text) {
  expect_golden(name + ".json", cli::as_document(json, cli::Format::json));
  expect_golden(name + ".txt", text);
}

TEST(Golden, WhyDecidedByRank) {
  const auto [decision, file] = decided_by_rank();
  check("why_rank", cli::why_json(decision, &file), cli::why_text(decision, &file, kPlain));
}

TEST(Golden, WhyDecidedByAFinalLock) {
  const auto [decision, file] = decided_by_final_lock();
  check("why_final", cli::why_json(decision, &file), cli::why_text(decision, &file, kPlain));
}

TEST(Golden, WhyUndecided) {
  const auto decision = undecided();
  check(
      "why_undecided", cli::why_json(decision, nullptr), cli::why_text(decision, nullptr, kPlain));
}

TEST(Golden, WhyNoImage) {
  const auto decision = no_image();
  check("why_no_image", cli::why_json(decision, nullptr), cli::why_text(decision, nullptr, kPlain));
}

TEST(Golden, WhyLockedElsewhere) {
  const auto [decision, file] = locked_elsewhere();
  check("why_elsewhere", cli::why_json(decision, &file), cli::why_text(decision, &file, kPlain));
}

TEST(Golden, WhyInColor) {
  const auto [decision, file] = decided_by_rank();
  expect_golden("why_color.txt", cli::why_text(decision, &file, {.color = true}));
}

TEST(Golden, Build) {
  check("build", cli::build_json(clean_build()), cli::build_text(clean_build(), kPlain));
}

TEST(Golden, PendingBuild) {
  check(
      "build_pending", cli::build_json(pending_build()), cli::build_text(pending_build(), kPlain));
}

TEST(Golden, SplitBuild) {
  check("build_split", cli::build_json(split_build()), cli::build_text(split_build(), kPlain));
}

TEST(Golden, Rebuild) {
  check("rebuild", cli::build_json(rebuild()), cli::build_text(rebuild(), kPlain));
}

TEST(Golden, Artifacts) {
  check("artifacts", cli::artifacts_json(artifacts()), cli::artifacts_text(artifacts(), kPlain));
  expect_golden("artifacts_narrow.txt", cli::artifacts_text(artifacts(), kNarrow));
}

TEST(Golden, Plan) {
  const auto silent = silent_clusters();
  check("plan", cli::plan_json(plan(), silent), cli::plan_text(plan(), silent, kPlain));
  expect_golden("plan_narrow.txt", cli::plan_text(plan(), silent, kNarrow));
}

TEST(Golden, Operations) {
  check(
      "operations", cli::operations_json(operations()), cli::operations_text(operations(), kPlain));
}

TEST(Golden, OperationRecords) {
  const auto records = operation_records();
  check("operations_list",
        cli::operation_records_json(records),
        cli::operation_records_text(records, kPlain));
  check("operations_show",
        cli::operation_record_json(records.front()),
        cli::operation_record_text(records.front(), kPlain));
}

TEST(Golden, Given) { check("given", cli::given_json(given()), cli::given_text(given(), kPlain)); }

TEST(Golden, QueryAds) {
  check("ads", cli::ads_json(ads()), cli::ads_text(ads(), kPlain));
  expect_golden("ads.yaml", cli::as_document(cli::ads_json(ads()), cli::Format::yaml));
}

TEST(Golden, QueryGdm) {
  check("gdm", cli::gdm_json("cafe01", intended()), cli::gdm_text(intended(), kPlain));
}

TEST(Golden, ManifestGet) {
  expect_golden("manifest_get.json",
                cli::as_document(cli::manifest_json(manifest_text()), cli::Format::json));
  expect_golden("manifest_broken.json",
                cli::as_document(cli::manifest_json(broken_manifest()), cli::Format::json));
}

TEST(Golden, Edits) {
  const std::string subject = "github.com/team/project";
  check("edit", cli::edit_json(subject, edit()), cli::edit_text(subject, edit()));
  check("edit_pending",
        cli::edit_json(subject, pending_edit()),
        cli::edit_text(subject, pending_edit()));
  const auto deleted = deletion();
  check("deletion",
        cli::deletion_json(deleted.deployed[0].manifest, deleted),
        cli::deletion_text(deleted.deployed[0].manifest, deleted));
}

TEST(Golden, Metadata) {
  const auto id = ManifestId::parse("github.com/team/project").value();
  check("metadata", cli::metadata_json(id, metadata()), cli::metadata_text(metadata()));
}

TEST(Golden, History) {
  check("history", cli::history_json(history()), cli::history_text(history(), kPlain));
  expect_golden("history_none.txt", cli::history_text({}, kPlain));
}

TEST(Golden, QueryClusters) {
  check("clusters", cli::clusters_json(definitions()), cli::clusters_text(definitions(), kPlain));
}

TEST(Golden, Locks) {
  const auto file = decided_by_final_lock().file;
  check("lock_show", cli::lock_json(file), cli::lock_text(file, kPlain));
  const std::vector<const LockFile*> files{&file};
  check("lock_list", cli::locks_json(files), cli::locks_text(files, kPlain));
}

TEST(Golden, Scans) { check("scans", cli::scans_json(scans()), cli::scans_text(scans(), kPlain)); }

TEST(Golden, IndexVerify) {
  check("verify",
        cli::verify_json(index_verification()),
        cli::verify_text(index_verification(), kPlain));
  check("verify_clean", cli::verify_json({}), cli::verify_text({}, kPlain));
}

TEST(Golden, Context) {
  check("context", cli::context_json(reading()), cli::context_text(reading(), kPlain));
}

TEST(Golden, Doctor) { expect_golden("doctor.txt", cli::findings_text(findings(), kPlain)); }

TEST(Golden, Failure) {
  expect_golden("error.json", cli::as_document(cli::error_json(error()), cli::Format::json));
}

}  // namespace
}  // namespace sous::golden
