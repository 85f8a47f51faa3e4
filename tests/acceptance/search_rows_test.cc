#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps.h"
#include "support/counting_front.h"
#include "support/made_image.h"
#include "support/scripted_http.h"
#include "support/scripted_registry.h"

/// How images are found, and what finding them costs (sous-original 12.6, G15 to G20), by the real
/// binary. A real nginx in front of the real registry counts.
namespace sous::acceptance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SearchRows : public testing::Test {
 protected:
  SearchRows() {
    service_.release("1.2.3");
    built_ = build(machine_, service_);
    path_ = path_of(built_.image);
  }

  /// From now on a node that knows nothing, and asks the registry through `front`.
  void become_another_node(const support::CountingFront& front) {
    machine_.set("SOUS_REGISTRY", front.host());
    machine_.set("SOUS_GDM", machine_.path("other/gdm.git"));
    machine_.set("SOUS_INDEX", machine_.path("other/index"));
    machine_.answer(service_.directory(), {"init"});
  }

  void tag(const std::string& name) {
    copy_image(built_.image, repository_of(built_.image) + ":" + name);
  }

  void remove_tag(const std::string& name) { machine_.registry().remove_tag(path_, name); }

  std::string found(const std::string& version) const {
    return text_at(machine_.answer(service_.directory(), {"artifact", "get", "-tag", version}),
                   {"digest"});
  }

  std::uint64_t scan_number(const support::CountingFront& front, const std::string& name) const {
    const auto answer =
        machine_.answer(service_.directory(), {"index", "scan", front.host() + path_});
    return static_cast<std::uint64_t>(*at(answer, {"scans", "0", name}).as_int());
  }

  Machine machine_;
  Checkout service_ = machine_.service("hello");
  Built built_;
  std::string path_;
};

TEST_F(SearchRows, G17AGuessedTagIsMissingAndASiblingTagHasTheRightLabels) {
  tag("sibling");
  remove_tag("1.2.3");
  support::CountingFront front(machine_.registry().host());
  become_another_node(front);
  front.requests();
  EXPECT_EQ(found("1.2.3"), built_.digest);
  EXPECT_THAT(front.requests(),
              ElementsAre(HasSubstr("/tags/list"), "GET /v2" + path_ + "/manifests/sibling"));
}

TEST_F(SearchRows, G19ASecondHarvestOfWhatHasNotChangedAsksForTheTagListAlone) {
  tag("sibling");
  support::CountingFront front(machine_.registry().host());
  become_another_node(front);
  EXPECT_EQ(scan_number(front, "requests"), 3U);
  front.requests();
  EXPECT_EQ(scan_number(front, "requests"), 1U);
  EXPECT_THAT(front.requests(), ElementsAre(HasSubstr("GET /v2" + path_ + "/tags/list")));
  EXPECT_EQ(scan_number(front, "saved"), 2U);
}

TEST_F(SearchRows, G20OneTagsManifestAnswers500AndTheOthersAreHarvested) {
  tag("good");
  tag("bad");
  support::CountingFront front(machine_.registry().host(), {.broken = {"manifests/bad"}});
  become_another_node(front);
  const auto scan =
      machine_.answer(service_.directory(), {"index", "scan", front.host() + path_}, 5);
  EXPECT_EQ(text_at(scan, {"scans", "0", "completeness"}), "partial");
  EXPECT_THAT(texts_at(scan, {"scans", "0", "missing"}), ElementsAre(HasSubstr("tag bad")));
  const auto list = machine_.answer(service_.directory(), {"artifact", "list"});
  EXPECT_EQ(text_at(list, {"artifacts", "0", "digest"}), built_.digest);
  EXPECT_EQ(text_at(list, {"completeness"}), "partial");
  // Nothing is chosen from what is known in part.
  machine_.answer(service_.directory(), {"artifact", "get", "-tag", "1.2.3"}, 5);
}

TEST_F(SearchRows, TheFirstChoiceCostsTheListAndTheImageAndTheSecondOneHead) {
  support::CountingFront front(machine_.registry().host());
  become_another_node(front);
  front.requests();
  EXPECT_EQ(found("1.2.3"), built_.digest);
  EXPECT_THAT(front.requests(),
              ElementsAre(HasSubstr("/tags/list"), "GET /v2" + path_ + "/manifests/1.2.3"));
  EXPECT_EQ(found("1.2.3"), built_.digest);  // within a minute
  EXPECT_THAT(front.requests(), ElementsAre("HEAD /v2" + path_ + "/manifests/1.2.3"));
}

TEST_F(SearchRows, ALockedVersionIsFoundWithNoRequestAtAll) {
  support::CountingFront front(machine_.registry().host());
  machine_.set("SOUS_REGISTRY", front.host());
  machine_.set("SOUS_INDEX", machine_.path("empty/index"));
  EXPECT_EQ(found("1.2.3"), built_.digest);
  EXPECT_THAT(front.requests(), IsEmpty());
}

TEST_F(SearchRows, AnImageOfTheOriginalCostsTwoRequests) {
  copy_image(built_.image, repository_of(built_.image) + ":copy", {"--format=v2s2"});
  remove_tag("1.2.3");
  support::CountingFront front(machine_.registry().host());
  become_another_node(front);
  EXPECT_EQ(scan_number(front, "requests"), 3U);
  EXPECT_EQ(scan_number(front, "requests"), 1U);
}

TEST_F(SearchRows, VerifyFindsTheIndexRightAndTellsWhatMoved) {
  tag("latest");
  machine_.answer(service_.directory(), {"index", "scan"});
  const auto right = machine_.answer(service_.directory(), {"index", "verify", "-all"});
  EXPECT_THAT(*at(right, {"contradictions"}).as_array(), IsEmpty());
  EXPECT_EQ(*at(right, {"tags"}).as_int(), 2);

  service_.write("README", "more");
  service_.commit("Explain");
  service_.release("1.3.0");
  const Built next = build(machine_, service_);
  copy_image(next.image, repository_of(next.image) + ":latest");
  const auto moved = machine_.answer(service_.directory(), {"index", "verify", "-all"});
  EXPECT_EQ(text_at(moved, {"moved", "0", "tag"}), "latest");
  EXPECT_EQ(text_at(moved, {"moved", "0", "digest"}), next.digest);
  machine_.answer(service_.directory(), {"index", "scan", "-deep"});
  const auto again = machine_.answer(service_.directory(), {"index", "verify", "-all"});
  EXPECT_THAT(*at(again, {"moved"}).as_array(), IsEmpty());
}

TEST_F(SearchRows, ArtifactsAreListedByRangeRevisionDigestAndLabel) {
  machine_.answer(service_.directory(), {"index", "scan"});
  const auto count = [&](Texts flags) {
    Texts all{"artifact", "list"};
    all.insert(all.end(), flags.begin(), flags.end());
    return at(machine_.answer(service_.directory(), all), {"artifacts"}).as_array()->size();
  };
  EXPECT_EQ(count({"-range", ">=1.2 <2"}), 1U);
  EXPECT_EQ(count({"-range", ">=2"}), 0U);
  EXPECT_EQ(count({"-all", "-digest", built_.digest}), 1U);
  EXPECT_EQ(count({"-revision", service_.git({"rev-parse", "HEAD"}).substr(0, 10)}), 1U);
  EXPECT_EQ(count({"-label", "org.opencontainers.image.version=1.2.3"}), 1U);
  EXPECT_EQ(count({"-label", "org.opencontainers.image.version=9"}), 0U);
  machine_.answer(service_.directory(), {"artifact", "list", "-range", "new"}, 64);
}

// ---- G15 and G16: what a cluster pulls
// -------------------------------------------------------------

class MirrorRows : public testing::Test {
 protected:
  /// Builds into `primary` and deploys to a cluster that pulls from `mirror`; what runs, by name.
  std::string deployed_image(const std::string& primary, const std::string& mirror) {
    machine_.set("SOUS_REGISTRY", primary);
    machine_.set("SOUS_GDM", machine_.path("gdm"));
    service_.release("1.2.3");
    machine_.answer(service_.directory(), {"init"});
    pull_from(mirror);
    build(machine_, service_);
    deploy(machine_, service_, "1.2.3");
    const auto ads = machine_.answer(service_.directory(), {"query", "ads"});
    return text_at(ads, {"deployments", "0", "image"});
  }

  Machine machine_;
  Checkout service_ = machine_.service("hello");

 private:
  void pull_from(const std::string& mirror) const {
    const Checkout gdm = Checkout::existing(machine_.path("gdm"));
    std::string text = support::read_file(gdm.directory() + "/defs.yaml");
    const auto kind = text.find("Kind: podman");
    ASSERT_NE(kind, std::string::npos) << text;
    const auto line = text.rfind('\n', kind) + 1;
    text.insert(line, text.substr(line, kind - line) + "Registry: " + mirror + "\n");
    gdm.write("defs.yaml", text);
    gdm.commit("Pull from a mirror");
  }
};

TEST_F(MirrorRows, G15TheMirrorHasTheDigestAndItsNameIsRecorded) {
  const support::CountingFront primary(machine_.registry().host());
  EXPECT_THAT(deployed_image(primary.host(), machine_.registry().host()),
              StartsWith(machine_.registry().host() + "/"));
}

TEST_F(MirrorRows, G16TheMirrorLacksItAndThePrimaryNameIsRecorded) {
  support::DockerRegistry empty;
  support::CountingFront mirror(empty.host());
  EXPECT_THAT(deployed_image(machine_.registry().host(), mirror.host()),
              StartsWith(machine_.registry().host() + "/"));
  EXPECT_THAT(mirror.requests(), ElementsAre(HasSubstr("GET /v2/")));
}

// ---- G18: a list of many pages
// ---------------------------------------------------------------------

TEST(PagedRows, G18FiveThousandTagsOverSeveralPagesAreHarvested) {
  std::map<std::string, support::MadeImage> images;
  for (int i = 0; i < 5000; ++i) {
    const std::string version = fmt::format("1.{}.0", i);
    images.emplace(version,
                   support::make_image(support::Maker::sous, "github.com/u/p," + version, version));
  }
  support::ScriptedHttp server(support::scripted_registry(
      images, {.name = "pages", .page = 700, .order = support::ListHabit::Order::reversed}));
  Machine machine;
  machine.set("SOUS_REGISTRY", server.host());
  const Texts scan{"index", "scan", server.host() + "/app"};
  const auto first = machine.answer(machine.path("."), scan);
  EXPECT_EQ(at(first, {"scans", "0", "tags"}).as_int(), 5000);
  EXPECT_EQ(text_at(first, {"scans", "0", "completeness"}), "complete");
  EXPECT_EQ(at(first, {"scans", "0", "requests"}).as_int(), 8 + 5000);
  EXPECT_EQ(server.seen().size(), 8U + 5000U);
  EXPECT_LE(server.connections(), 9U) << "eight at once to a host, and the first one alone";

  const auto again = machine.answer(machine.path("."), scan);
  EXPECT_EQ(at(again, {"scans", "0", "requests"}).as_int(), 8);
  EXPECT_EQ(at(again, {"scans", "0", "saved"}).as_int(), 5000);
}

}  // namespace
}  // namespace sous::acceptance
