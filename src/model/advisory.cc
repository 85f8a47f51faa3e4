#include "model/advisory.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

struct Row {
  KnownAdvisory advisory;
  std::string_view text;
  std::string_view meaning;
};

constexpr std::array kRows{
    Row{KnownAdvisory::support_container,
        "support container",
        "The image supports a build or a run of another one and is not a service itself"},
    Row{KnownAdvisory::is_a_build_image,
        "is a build image",
        "The image holds the tools of a build, not its result; deploy the result instead"},
    Row{KnownAdvisory::source_workspace_lacked_repo,
        "source workspace lacked repo",
        "The named repository is no remote of the checkout that was built; build in a clone of it"},
    Row{KnownAdvisory::no_repository,
        "no repository",
        "The checkout has no remote, so nobody else can find the source; add one with git remote "
        "add"},
    Row{KnownAdvisory::requested_revision_not_built,
        "requested revision not built",
        "The revision asked for is not the one that was checked out; check it out and build again"},
    Row{KnownAdvisory::no_versioned_tag,
        "no versioned tag",
        "No tag that is a version leads to the built commit; tag it, push the tag and build again"},
    Row{KnownAdvisory::tag_mismatch,
        "tag mismatch",
        "The version already means another commit; give this commit a version of its own"},
    Row{KnownAdvisory::tag_not_on_built_revision,
        "tag not on built revision",
        "The tag names another commit than the one that was built; check the tag out and build "
        "again"},
    Row{KnownAdvisory::ephemeral_tag,
        "ephemeral tag",
        "The remote repository does not have the tag; push it and build again"},
    Row{KnownAdvisory::unpushed_revision,
        "unpushed revision",
        "No remote has the built commit; push it and build again"},
    Row{KnownAdvisory::bogus_revision,
        "bogus revision",
        "The revision named exists nowhere in the repository; name one that does"},
    Row{KnownAdvisory::dirty_workspace,
        "dirty workspace",
        "The checkout held changes that are not in the commit; commit them and build again"},
    Row{KnownAdvisory::developer_build,
        "developer build",
        "The image was built with -dev for trying out; build without it"},
    Row{KnownAdvisory::added_artifact,
        "added artifact",
        "The image was made known by hand and not built by Sous; build the version with Sous"},
    Row{KnownAdvisory::rebuilt,
        "rebuilt",
        "The revision was built before; the image of the earlier build is the one to run"},
};

constexpr auto kAll = [] {
  std::array<KnownAdvisory, kRows.size()> all{};
  std::ranges::transform(kRows, all.begin(), &Row::advisory);
  return all;
}();

constexpr bool rows_stand_at_their_advisory() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].advisory) != i) {
      return false;
    }
  }
  return kRows.size() == static_cast<std::size_t>(KnownAdvisory::rebuilt) + 1;
}

static_assert(rows_stand_at_their_advisory());
static_assert(kRows.size() <= 32, "Advisories holds a bit for each");

const Row& row(KnownAdvisory advisory) { return kRows[static_cast<std::size_t>(advisory)]; }

}  // namespace

std::span<const KnownAdvisory> all_known_advisories() { return kAll; }

std::string_view advisory_text(KnownAdvisory advisory) { return row(advisory).text; }

std::optional<KnownAdvisory> known_advisory(std::string_view text) {
  const auto* const found = std::ranges::find(kRows, text, &Row::text);
  if (found == kRows.end()) {
    return std::nullopt;
  }
  return found->advisory;
}

std::string_view advisory_meaning(KnownAdvisory advisory) { return row(advisory).meaning; }

Advisories::Advisories(std::initializer_list<KnownAdvisory> known) {
  for (const KnownAdvisory advisory : known) {
    add(advisory);
  }
}

Advisories Advisories::parse_label(std::string_view joined) {
  Advisories advisories;
  for (const std::string_view part : split(joined, ',')) {
    const std::string_view text = trim(part);
    if (!text.empty()) {
      advisories.insert(text);
    }
  }
  return advisories;
}

std::string Advisories::label() const {
  return fmt::format("{}", fmt::join(texts_.begin(), texts_.end(), ","));
}

void Advisories::add(KnownAdvisory advisory) { insert(advisory_text(advisory)); }

void Advisories::add(std::string_view text) {
  // A comma would make two of it on the next reading of the label; so it is two from the start.
  for (const std::string& part : parse_label(text).texts_) {
    insert(part);
  }
}

void Advisories::insert(std::string_view text) {
  texts_.emplace(text);
  if (const auto known = known_advisory(text)) {
    known_ |= 1U << static_cast<unsigned>(*known);
  }
}

bool Advisories::contains(std::string_view text) const { return texts_.contains(text); }

}  // namespace sous
