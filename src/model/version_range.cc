#include "model/version_range.h"

#include <algorithm>
#include <array>
#include <compare>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

constexpr std::size_t kMostBounds = 16;

}  // namespace

Result<VersionRange> VersionRange::parse(std::string_view text) {
  // Longer signs first: each is also the start of one.
  static constexpr std::array<std::pair<std::string_view, Sign>, 5> kSigns{{
      {"<=", Sign::at_most},
      {">=", Sign::at_least},
      {"<", Sign::below},
      {">", Sign::above},
      {"=", Sign::equal},
  }};
  VersionRange out;
  std::string_view rest = text;
  while (true) {
    const auto begin = rest.find_first_not_of(" ,");
    if (begin == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(begin);
    Bound bound;
    for (const auto& [sign, meaning] : kSigns) {
      if (rest.starts_with(sign)) {
        bound.sign = meaning;
        rest.remove_prefix(sign.size());
        break;
      }
    }
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto word = rest.substr(0, rest.find_first_of(" ,"));
    rest.remove_prefix(word.size());
    bound.version = SOUS_TRY(Version::parse(word).with(
        [&] { return fmt::format("range of versions {}", quote(text)); }));
    if (out.bounds_.size() == kMostBounds) {
      return Error(Code::invalid_data,
                   fmt::format("a range of versions has more than {} comparisons", kMostBounds));
    }
    out.bounds_.push_back(std::move(bound));
  }
  if (out.bounds_.empty()) {
    return Error(Code::invalid_data, "a range of versions is empty").hinted("write e.g. >=1.2 <2");
  }
  return out;
}

bool VersionRange::contains(const Version& version) const {
  return std::ranges::all_of(bounds_, [&](const Bound& bound) {
    const std::strong_ordering order = version <=> bound.version;
    switch (bound.sign) {
      case Sign::below:
        return order < 0;
      case Sign::at_most:
        return order <= 0;
      case Sign::above:
        return order > 0;
      case Sign::at_least:
        return order >= 0;
      case Sign::equal:
        return order == 0;
    }
    return false;
  });
}

}  // namespace sous
