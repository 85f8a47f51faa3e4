#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sous {

/// The recorded ways in which a build can be unhygienic. The text is the label's value
/// (design.md section 4; sous-original 2.5).
enum class KnownAdvisory : std::uint8_t {
  support_container,
  is_a_build_image,
  source_workspace_lacked_repo,
  no_repository,
  requested_revision_not_built,
  no_versioned_tag,
  tag_mismatch,
  tag_not_on_built_revision,
  ephemeral_tag,
  unpushed_revision,
  bogus_revision,
  dirty_workspace,
  developer_build,
  added_artifact,
  rebuilt,
};

std::span<const KnownAdvisory> all_known_advisories();
std::string_view advisory_text(KnownAdvisory advisory);
std::optional<KnownAdvisory> known_advisory(std::string_view text);
/// One sentence for people: what it means and what would avoid it.
std::string_view advisory_meaning(KnownAdvisory advisory);

/// A set of advisories in the order of their text. Texts that are not known are kept and count.
class Advisories {
 public:
  Advisories() = default;
  Advisories(std::initializer_list<KnownAdvisory> known);

  /// The value of the label: texts joined by `,`; empty texts are dropped, each counts once.
  static Advisories parse_label(std::string_view joined);
  std::string label() const;

  void add(KnownAdvisory advisory);
  void add(std::string_view text);

  bool contains(KnownAdvisory advisory) const noexcept {
    return (known_ >> static_cast<unsigned>(advisory) & 1U) != 0;
  }

  bool contains(std::string_view text) const;

  std::size_t size() const noexcept { return texts_.size(); }

  bool empty() const noexcept { return texts_.empty(); }

  const std::set<std::string, std::less<>>& texts() const noexcept { return texts_; }

  friend bool operator==(const Advisories& a, const Advisories& b) { return a.texts_ == b.texts_; }

 private:
  void insert(std::string_view text);

  std::set<std::string, std::less<>> texts_;
  std::uint32_t known_ = 0;  // a bit for each known one: ranking asks for them again and again
};

}  // namespace sous
