// Scans of registries over real sockets, whatever their lists look like.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/repository_scan.h"
#include "registry_wire.h"
#include "support/made_image.h"
#include "support/memory_node.h"
#include "support/scripted_registry.h"

namespace sous::wire {
namespace {

using support::ListHabit;
using support::MadeImage;
using support::Maker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::size_t kTags = 23;

std::map<std::string, MadeImage> images() {
  std::map<std::string, MadeImage> out;
  for (std::size_t i = 0; i < kTags; ++i) {
    const std::string version = fmt::format("1.{}.0", i);
    out.emplace(
        version,
        support::make_image(
            i % 2 == 0 ? Maker::sous : Maker::original, "github.com/u/p," + version, version));
  }
  return out;
}

class ScanWire : public RegistryWire, public testing::WithParamInterface<ListHabit> {
 protected:
  ScanRecord scan(const app::ScanOptions& options = {}) {
    clock_.advance(std::chrono::seconds(1));
    app::Node node{.settings = machine_.node.settings,
                   .clock = clock_,
                   .rng = rng_,
                   .executor = machine_.executor,
                   .files = machine_.files,
                   .events = events_,
                   .registry = registry(),
                   .credentials = credentials_,
                   .index = machine_.index,
                   .gdm = machine_.gdm,
                   .schedulers = machine_,
                   .operations = machine_.operations,
                   .sources = machine_.sources,
                   .builder = machine_.builder};
    auto record = app::scan_repository(node, repo(), call_, options);
    EXPECT_TRUE(record) << record.error().text();
    return std::move(record.value());
  }

  std::uint64_t pages() const { return (kTags + GetParam().page - 1) / GetParam().page; }

  auto found() {
    return machine_.index.find(SourceLocation::parse("github.com/u/p").value(), {}).value();
  }

  support::MemoryNode machine_;
};

TEST_P(ScanWire, FindsEverythingAndAsksForNothingTwice) {
  auto& server = serve(support::scripted_registry(images(), GetParam()));
  const auto first = scan();
  EXPECT_TRUE(first.completeness.is_complete());
  EXPECT_EQ(first.tags, kTags);
  EXPECT_EQ(first.requests, pages() + 12U * 1U + 11U * 2U);
  EXPECT_THAT(found(), SizeIs(kTags));

  const auto before = server.lines().size();
  const auto again = scan();
  EXPECT_EQ(again.requests, pages());
  EXPECT_EQ(server.lines().size(), before + pages());
  EXPECT_EQ(again.saved, 12U * 1U + 11U * 2U);
}

TEST_P(ScanWire, ADeepScanSeesWhatMoved) {
  auto now = images();
  serve([&now](const SeenRequest& request) {
    return support::scripted_registry(now, GetParam())(request);
  });
  scan();
  now.insert_or_assign("1.1.0", support::make_image(Maker::sous, "github.com/u/p,1.1.0", "moved"));
  EXPECT_EQ(scan().requests, pages());
  EXPECT_EQ(scan({.deep = true, .never_known = false, .progress = {}}).requests,
            pages() + kTags + 1U);
  EXPECT_THAT(found(), SizeIs(kTags + 1));
}

TEST_P(ScanWire, AnUnreadableTagLeavesTheOthersAndAGap) {
  const auto script = support::scripted_registry(images(), GetParam());
  serve([script](const SeenRequest& request) {
    return request.target.ends_with("/manifests/1.7.0") ? status_answer(403) : script(request);
  });
  const auto partial = scan();
  EXPECT_FALSE(partial.completeness.is_complete());
  EXPECT_THAT(partial.completeness.missing(), ElementsAre(HasSubstr("tag 1.7.0 of ")));
  EXPECT_THAT(found(), SizeIs(kTags - 1));
}

TEST_P(ScanWire, APageThatIsMissingLeavesWhatWasListedAndAGap) {
  if (pages() == 1) {
    return;  // there is no other page
  }
  const auto script = support::scripted_registry(images(), GetParam());
  int lists = 0;
  serve([script, &lists](const SeenRequest& request) {
    return request.target.contains("tags/list") && ++lists > 1 ? status_answer(403)
                                                               : script(request);
  });
  const auto partial = scan();
  EXPECT_FALSE(partial.completeness.is_complete());
  EXPECT_THAT(found(), SizeIs(std::min(kTags, GetParam().page)));
}

INSTANTIATE_TEST_SUITE_P(Habits,
                         ScanWire,
                         testing::ValuesIn(support::list_habits()),
                         [](const auto& habit) { return habit.param.name; });

}  // namespace
}  // namespace sous::wire
