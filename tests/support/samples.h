#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/artifact.h"
#include "model/deployment.h"
#include "model/gdm.h"
#include "model/lock.h"

/// Short ways to write domain values in tests. Each throws (bad_expected_access) on bad text.
namespace sous::support {

/// A revision that ends in `n`: `rev(1)` is 39 zeros and a one.
inline Revision rev(std::uint32_t n) { return Revision::parse(fmt::format("{:040x}", n)).value(); }

inline Digest digest(std::string_view seed) { return Digest::sha256_of(seed); }

inline Version version(std::string_view text) { return Version::parse(text).value(); }

inline SourceId source(std::string_view text) { return SourceId::parse(text).value(); }

inline ClusterName cluster(std::string_view text) { return ClusterName::parse(text).value(); }

inline ManifestId manifest_id(std::string_view text) { return ManifestId::parse(text).value(); }

inline ImageRepository repository(std::string_view text = "registry.example/team/project") {
  return ImageRepository::parse(text).value();
}

inline ImageByDigest image(std::string_view seed) { return {repository(), digest(seed)}; }

inline WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

inline Deed deed(std::int64_t seconds = 0, std::string why = "test") {
  return {.who = "Ada <ada@example.org>", .when = at(seconds), .why = std::move(why)};
}

inline const SourceId& project() {
  static const SourceId kProject = source("github.com/team/project,1.2.3");
  return kProject;
}

/// A registration by its own build, of the image `seed`.
inline Registration registration(std::string_view seed,
                                 std::uint32_t revision,
                                 Advisories advisories = {}) {
  return {.digest = digest(seed),
          .revision = rev(revision),
          .advisories = std::move(advisories),
          .images = {repository()},
          .kind = {},
          .origin = Registration::Origin::built,
          .built_at = std::nullopt,
          .layers = digest(std::string(seed) + " layers"),
          .config_digest = std::nullopt,
          .rebuild_of = std::nullopt,
          .remote_url = {},
          .registered = deed(),
          .withdrawn = std::nullopt};
}

/// An image that a registry holds and nobody registered.
inline Artifact artifact(std::string_view seed,
                         std::uint32_t revision,
                         Advisories advisories = {},
                         std::optional<WallTime> built_at = std::nullopt) {
  return {.digest = digest(seed),
          .source = project(),
          .revision = rev(revision),
          .advisories = std::move(advisories),
          .built_at = built_at,
          .created = std::nullopt,
          .rebuild_of = std::nullopt,
          .config_digest = std::nullopt,
          .layers = digest(std::string(seed) + " layers"),
          .repositories = {repository()}};
}

inline LockFile lock_file(std::vector<Registration> registrations = {},
                          std::vector<Lock> locks = {}) {
  return {.source = project(),
          .registrations = std::move(registrations),
          .locks = std::move(locks),
          .superseded = {}};
}

inline Lock lock_on(std::string_view seed, std::uint32_t revision, Lock::State state) {
  return {.digest = digest(seed),
          .revision = rev(revision),
          .state = state,
          .made = deed(),
          .evidence = "test"};
}

inline Completeness unread(std::string what = "tag 1.2.3 of registry.example/team/project") {
  return Completeness::partial("the registry answered 503", {std::move(what)});
}

}  // namespace sous::support
