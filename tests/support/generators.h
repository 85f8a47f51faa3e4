#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/samples.h"

/// Generators of domain values for property tests. Values are drawn from small pools on purpose, so
/// that ties, repeats and clashes are frequent.
namespace sous::support::gen {

template <typename T>
std::vector<T> shuffled(std::vector<T> items) {
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  std::shuffle(items.begin(), items.end(), std::mt19937(seed));
  return items;
}

inline rc::Gen<Advisories> advisories() {
  // Those that change a rank in different ways, and one that nobody knows.
  static const std::vector<std::string> kPool{"dirty workspace",
                                              "ephemeral tag",
                                              "tag mismatch",
                                              "unpushed revision",
                                              "rebuilt",
                                              "support container",
                                              "from another planet"};
  return rc::gen::exec([] {
    Advisories out;
    const auto count = *rc::gen::weightedElement<int>({{4, 0}, {4, 1}, {3, 2}, {1, 3}});
    for (int i = 0; i < count; ++i) {
      out.add(*rc::gen::elementOf(kPool));
    }
    return out;
  });
}

inline rc::Gen<std::uint32_t> revision_number() { return rc::gen::inRange<std::uint32_t>(1, 4); }

inline rc::Gen<std::optional<WallTime>> moment() {
  return rc::gen::exec([] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(0, 6);
    return seconds == 0 ? std::optional<WallTime>{} : std::optional{at(1'700'000'000 + seconds)};
  });
}

/// Up to `most` artifacts of one version, each digest once.
inline rc::Gen<std::vector<Artifact>> artifacts(std::size_t most = 8) {
  return rc::gen::exec([most] {
    std::vector<Artifact> out;
    const auto count = *rc::gen::inRange<std::size_t>(0, most + 1);
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back(
          artifact(fmt::format("found {}", i), *revision_number(), *advisories(), *moment()));
      out.back().created = *moment();
    }
    return out;
  });
}

/// A registration of one of nine images; the image decides revision, layers and advisories, as a
/// digest does.
inline rc::Gen<Registration> registration() {
  return rc::gen::exec([] {
    const auto n = *rc::gen::inRange<std::uint32_t>(0, 9);
    static const std::vector<std::string> kLabels{"",
                                                  "dirty workspace",
                                                  "dirty workspace",
                                                  "ephemeral tag",
                                                  "unpushed revision",
                                                  "rebuilt",
                                                  "dirty workspace,rebuilt",
                                                  "added artifact",
                                                  "support container"};
    Registration out = support::registration(
        fmt::format("image {}", n), 1 + n % 3, Advisories::parse_label(kLabels[n]));
    if (n == 7) {
      out.origin = Registration::Origin::added;
    }
    out.registered = deed(*rc::gen::inRange<std::int64_t>(0, 100));
    return out;
  });
}

/// Registrations, in any order of acceptance, without locks; some withdrawn.
inline rc::Gen<LockFile> registered() {
  return rc::gen::exec([] {
    LockFile out = lock_file();
    const auto count = *rc::gen::inRange<std::size_t>(0, 8);
    for (std::size_t i = 0; i < count; ++i) {
      Registration next = *registration();
      if (out.registration_of(next.digest) != nullptr) {
        continue;
      }
      if (*rc::gen::inRange(0, 6) == 0) {
        next.withdrawn = deed(1, "bad");
      }
      out.registrations.push_back(std::move(next));
    }
    return out;
  });
}

}  // namespace sous::support::gen
