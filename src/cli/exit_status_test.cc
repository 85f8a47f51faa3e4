#include "cli/exit_status.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"

namespace sous::cli {
namespace {

struct Row {
  std::vector<int> statuses;
  int combined = 0;
};

class Combined : public testing::TestWithParam<Row> {};

TEST_P(Combined, IsTheFirstThatApplies) {
  const Row& row = GetParam();
  EXPECT_EQ(combined(row.statuses), row.combined);
  std::vector<int> reversed(row.statuses.rbegin(), row.statuses.rend());
  EXPECT_EQ(combined(reversed), row.combined);
}

// One row per place in the order: each status beside all that come after it.
INSTANTIATE_TEST_SUITE_P(DesignTable,
                         Combined,
                         testing::Values(Row{{}, 0},
                                         Row{{0}, 0},
                                         Row{{0, 2}, 2},
                                         Row{{0, 2, 4}, 4},
                                         Row{{0, 2, 4, 3}, 3},
                                         Row{{0, 2, 4, 3, 5}, 5},
                                         Row{{0, 2, 4, 3, 5, 1}, 1},
                                         Row{{0, 2, 4, 3, 5, 1, 6}, 6},
                                         Row{{0, 2, 4, 3, 5, 1, 6, 69}, 69},
                                         Row{{0, 2, 4, 3, 5, 1, 6, 69, 77}, 77},
                                         Row{{0, 2, 4, 3, 5, 1, 6, 69, 77, 65}, 65},
                                         Row{{0, 2, 4, 3, 5, 1, 6, 69, 77, 65, 64}, 64},
                                         Row{{0, 2, 4, 3, 5, 1, 6, 69, 77, 65, 64, 70}, 70},
                                         Row{{99}, 70}));

TEST(ExitStatus, EveryCodeOfAnErrorHasAPlaceInTheOrder) {
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
    const int status = exit_status(static_cast<Code>(code));
    EXPECT_EQ(combined(std::vector{status, 0}), status);
  }
}

Operation in_state(OperationState state) {
  return {.id = {},
          .deployment = {ManifestId(SourceLocation{}), *ClusterName::parse("left")},
          .state = state};
}

TEST(ExitStatus, EveryStateOfAnOperationHasOne) {
  EXPECT_EQ(status_of(in_state(OperationState::succeeded)), 0);
  EXPECT_EQ(status_of(in_state(OperationState::failed)), 1);
  EXPECT_EQ(status_of(in_state(OperationState::blocked)), 3);
  EXPECT_EQ(status_of(in_state(OperationState::undecided)), 5);
  EXPECT_EQ(status_of(in_state(OperationState::superseded)), 6);
  EXPECT_EQ(status_of(in_state(OperationState::unverified)), 4);
  EXPECT_EQ(status_of(in_state(OperationState::queued)), 4);
  EXPECT_EQ(status_of(in_state(OperationState::applying)), 4);
  EXPECT_EQ(status_of(in_state(OperationState::waiting)), 4);
}

Action of_kind(ActionKind kind, std::string reason = {}) {
  Action out{.id = {ManifestId(SourceLocation{}), *ClusterName::parse("left")}};
  out.kind = kind;
  out.reason = std::move(reason);
  return out;
}

TEST(ExitStatus, APlansActionsCountByWhatTheyWouldChange) {
  EXPECT_EQ(status_of(of_kind(ActionKind::nothing)), 0);
  for (const ActionKind kind : {ActionKind::create,
                                ActionKind::update,
                                ActionKind::scale,
                                ActionKind::replace_image,
                                ActionKind::remove}) {
    EXPECT_EQ(status_of(of_kind(kind)), 2);
  }
  EXPECT_EQ(status_of(of_kind(ActionKind::blocked)), 3);
  EXPECT_EQ(status_of(of_kind(ActionKind::undecided)), 5);
  EXPECT_EQ(status_of(of_kind(ActionKind::update, "defaults")), 0);
}

}  // namespace
}  // namespace sous::cli
