#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/semver.h"

namespace sous {

/// Versions between bounds: comparisons joined by spaces or commas, all of which must hold, e.g.
/// `>=1.2 <2`. The signs are `<`, `<=`, `>`, `>=` and `=`; a version without one is `=`. The order
/// is semver's, so `2.0.0-rc.1` is below `2`; build metadata count for nothing.
class VersionRange {
 public:
  /// Fails with invalid_data, naming the comparison that cannot be read.
  static Result<VersionRange> parse(std::string_view text);

  bool contains(const Version& version) const;

 private:
  enum class Sign : std::uint8_t { below, at_most, above, at_least, equal };

  struct Bound {
    Sign sign = Sign::equal;
    Version version;
  };

  std::vector<Bound> bounds_;  // never empty
};

}  // namespace sous
