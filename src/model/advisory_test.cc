#include "model/advisory.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace sous {
namespace {

// The texts stand in labels of images that exist; none may ever change.
TEST(AdvisoryTest, D_texts_are_those_of_the_original_and_rebuilt) {
  EXPECT_EQ(advisory_text(KnownAdvisory::support_container), "support container");
  EXPECT_EQ(advisory_text(KnownAdvisory::is_a_build_image), "is a build image");
  EXPECT_EQ(advisory_text(KnownAdvisory::source_workspace_lacked_repo),
            "source workspace lacked repo");
  EXPECT_EQ(advisory_text(KnownAdvisory::no_repository), "no repository");
  EXPECT_EQ(advisory_text(KnownAdvisory::requested_revision_not_built),
            "requested revision not built");
  EXPECT_EQ(advisory_text(KnownAdvisory::no_versioned_tag), "no versioned tag");
  EXPECT_EQ(advisory_text(KnownAdvisory::tag_mismatch), "tag mismatch");
  EXPECT_EQ(advisory_text(KnownAdvisory::tag_not_on_built_revision), "tag not on built revision");
  EXPECT_EQ(advisory_text(KnownAdvisory::ephemeral_tag), "ephemeral tag");
  EXPECT_EQ(advisory_text(KnownAdvisory::unpushed_revision), "unpushed revision");
  EXPECT_EQ(advisory_text(KnownAdvisory::bogus_revision), "bogus revision");
  EXPECT_EQ(advisory_text(KnownAdvisory::dirty_workspace), "dirty workspace");
  EXPECT_EQ(advisory_text(KnownAdvisory::developer_build), "developer build");
  EXPECT_EQ(advisory_text(KnownAdvisory::added_artifact), "added artifact");
  EXPECT_EQ(advisory_text(KnownAdvisory::rebuilt), "rebuilt");
  EXPECT_EQ(all_known_advisories().size(), 15U);
}

TEST(AdvisoryTest, each_has_a_meaning_of_its_own) {
  std::set<std::string_view> meanings;
  for (const KnownAdvisory advisory : all_known_advisories()) {
    EXPECT_EQ(known_advisory(advisory_text(advisory)), advisory);
    EXPECT_FALSE(advisory_meaning(advisory).ends_with('.'));
    EXPECT_TRUE(meanings.insert(advisory_meaning(advisory)).second);
  }
  EXPECT_EQ(known_advisory("Dirty Workspace"), std::nullopt);
}

TEST(AdvisoriesTest, label_is_joined_in_order) {
  const Advisories advisories{KnownAdvisory::unpushed_revision, KnownAdvisory::dirty_workspace};
  EXPECT_EQ(advisories.label(), "dirty workspace,unpushed revision");
  EXPECT_EQ(Advisories{}.label(), "");
}

TEST(AdvisoriesTest, D18_each_counts_once) {
  EXPECT_EQ(Advisories::parse_label("dirty workspace,dirty workspace").size(), 1U);
  Advisories advisories{KnownAdvisory::dirty_workspace};
  advisories.add(KnownAdvisory::dirty_workspace);
  advisories.add("dirty workspace");
  EXPECT_EQ(advisories.size(), 1U);
}

TEST(AdvisoriesTest, unknown_texts_are_kept_and_count) {
  const Advisories advisories = Advisories::parse_label("ephemeral tag,of the future");
  EXPECT_EQ(advisories.size(), 2U);
  EXPECT_TRUE(advisories.contains("of the future"));
  EXPECT_TRUE(advisories.contains(KnownAdvisory::ephemeral_tag));
  EXPECT_FALSE(advisories.contains(KnownAdvisory::rebuilt));
  EXPECT_EQ(advisories.label(), "ephemeral tag,of the future");
}

TEST(AdvisoriesTest, empty_texts_are_dropped) {
  EXPECT_TRUE(Advisories::parse_label("").empty());
  EXPECT_EQ(Advisories::parse_label(",, rebuilt ,").label(), "rebuilt");
  Advisories advisories;
  advisories.add(" ");
  EXPECT_TRUE(advisories.empty());
}

TEST(AdvisoriesTest, a_comma_separates_on_every_way_in) {
  Advisories advisories;
  advisories.add("a,b");
  EXPECT_EQ(advisories, Advisories::parse_label(advisories.label()));
  EXPECT_EQ(advisories.size(), 2U);
}

}  // namespace
}  // namespace sous
