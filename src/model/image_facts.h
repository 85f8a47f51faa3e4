#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/time.h"

namespace sous {

using LabelMap = std::map<std::string, std::string, std::less<>>;

/// One platform's manifest inside an image index.
struct IndexChild {
  Digest digest;
  std::string platform;  // os/architecture[/variant]

  friend bool operator==(const IndexChild&, const IndexChild&) = default;
};

/// What a registry says of a digest. Immutable: the digest names exactly these facts.
/// `labels`, `diff_ids` and `created` come from the image config and are absent (nullopt) while
/// only the manifest was read.
struct ImageFacts {
  Digest digest;
  std::string media_type{};
  std::uint64_t manifest_size = 0;
  LabelMap annotations{};
  std::optional<Digest> config_digest{};  // absent for an index
  std::vector<IndexChild> children{};     // only for an index
  std::optional<LabelMap> labels{};
  std::optional<std::vector<Digest>> diff_ids{};
  std::optional<WallTime> created{};

  friend bool operator==(const ImageFacts&, const ImageFacts&) = default;
};

}  // namespace sous
