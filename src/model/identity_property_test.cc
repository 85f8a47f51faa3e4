#include <algorithm>
#include <compare>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "model/advisory.h"
#include "model/git_tag.h"
#include "model/image_name.h"
#include "model/image_ref.h"
#include "model/manifest_id.h"
#include "model/remote_url.h"
#include "model/semver.h"
#include "model/source_id.h"

namespace sous {
namespace {

using Words = std::vector<std::string>;

std::string one_of(const Words& words) { return *rc::gen::elementOf(words); }

// Between `least` and `most` of `words`, joined.
std::string some_of(const Words& words, int least, int most, std::string_view delimiter) {
  Words chosen;
  for (int i = *rc::gen::inRange(least, most + 1); i > 0; --i) {
    chosen.push_back(one_of(words));
  }
  return join(chosen, delimiter);
}

// Versions near each other, so that their order is decided late.
std::string version_text() {
  const Words numbers{"0", "1", "2", "10", "007", "18446744073709551615"};
  const Words identifiers{"0",
                          "1",
                          "2",
                          "11",
                          "a",
                          "b",
                          "alpha",
                          "A",
                          "-",
                          "1a",
                          "-1",
                          "00",
                          "0a",
                          "9",
                          "99999999999999999999",
                          "rc"};
  std::string text = some_of(numbers, 1, 3, ".");
  if (*rc::gen::arbitrary<bool>()) {
    text += "-" + some_of(identifiers, 0, 3, ".");
  }
  if (*rc::gen::arbitrary<bool>() && !text.ends_with('-')) {
    text += "+" + some_of(identifiers, 0, 2, ".");
  }
  return text;
}

Version version() { return Version::parse(version_text()).value(); }

RC_GTEST_PROP(SemverProperty, printed_and_read_again_it_is_the_same, ()) {
  const Version given = version();
  const Version again = Version::parse(given.str()).value();
  RC_ASSERT(again == given);
  RC_ASSERT(again.str() == given.str());
  RC_ASSERT(again.build() == given.build());
  RC_ASSERT(Version::parse(given.canonical()).value().canonical() == given.canonical());
}

RC_GTEST_PROP(SemverProperty, equal_versions_have_one_canonical_text, ()) {
  const Version a = version();
  const Version b = version();
  RC_ASSERT((a == b) == (a.canonical() == b.canonical()));
  RC_ASSERT(a == a.without_build());
}

RC_GTEST_PROP(SemverProperty, order_is_total, ()) {
  const Version a = version();
  const Version b = version();
  const Version c = version();
  RC_ASSERT((a <=> a) == std::strong_ordering::equal);
  RC_ASSERT(((a <=> b) == std::strong_ordering::equal) == (a == b));
  RC_ASSERT((a < b) == (b > a));
  RC_ASSERT(!(a < b && b < a));
  RC_ASSERT(!(a <= b && b <= c) || a <= c);
  RC_ASSERT(!(a == b) || (a <=> c) == (b <=> c));
}

RC_GTEST_PROP(SemverProperty, any_bytes_are_read_or_refused, (const std::string& bytes)) {
  const auto parsed = Version::parse(bytes);
  if (!parsed) {  // RC_ASSERT evaluates both sides of ||
    RC_ASSERT(parsed.error().code() == Code::invalid_data);
  }
}

// Components with everything that has ever made two names one.
const Words& tricky_components() {
  static const Words kWords{
      "a",           "b",      "A",    "a-b",       "a--b",
      "a_b",         "a__b",   "a.b",  "docker",    "a-docker",
      "a b",         "-a",     "a-",   ".a",        "\u00E9",
      "e\u0301",     "~a",     "a+b",  "sous.kind", "sous.hash",
      "sous.offset", "sous.x", "kind", "@a",        "0123456789abcdef0123456789abcdef"};
  return kWords;
}

// Mostly tame ones, so that not every name is hashed.
std::string tricky_path(int least) {
  const Words tame{"a", "b", "a-b", "docker", "sous.kind", "sous.offset"};
  const bool is_tame = *rc::gen::inRange(0, 3) != 0;
  std::string path = some_of(is_tame ? tame : tricky_components(), least, 3, "/");
  if (*rc::gen::inRange(0, 20) == 0 && !path.empty()) {
    path += "/" + std::string(*rc::gen::inRange<std::size_t>(200, 260), 'l');
  }
  return path;
}

SourceLocation source_location() {
  const Words roots{
      "github.com", "GitHub.com", "github.com/opentable", "localhost", "ssh://h", "a"};
  std::string offset = tricky_path(0);
  if (offset.starts_with('~')) {
    offset.insert(0, "d/");
  }
  return SourceLocation::make(one_of(roots) + "/" + tricky_path(1), offset).value();
}

RC_GTEST_PROP(SourceLocationProperty, printed_and_read_again_it_is_the_same, ()) {
  const SourceLocation given = source_location();
  RC_ASSERT(SourceLocation::parse(given.str()).value() == given);
}

RC_GTEST_PROP(SourceLocationProperty,
              what_is_read_prints_and_reads_the_same,
              (const std::string& bytes)) {
  const auto parsed = SourceLocation::parse(bytes);
  if (parsed) {
    RC_ASSERT(SourceLocation::parse(parsed->str()).value() == *parsed);
    RC_ASSERT(is_plain_text(parsed->str()));
  }
}

RC_GTEST_PROP(SourceIdProperty, printed_and_read_again_it_is_the_same, ()) {
  const SourceId given{.location = source_location(), .version = version()};
  const SourceId again = SourceId::parse(given.str()).value();
  RC_ASSERT(again == given);
  RC_ASSERT(again.str() == given.str());
}

ManifestId manifest_id() {
  const Words flavors{"", "sweet", "a:b", "a b", "\u00E9", "-"};
  return ManifestId::make(source_location(), one_of(flavors)).value();
}

RC_GTEST_PROP(ManifestIdProperty, printed_and_read_again_it_is_the_same, ()) {
  const ManifestId given = manifest_id();
  RC_ASSERT(ManifestId::parse(given.str()).value() == given);
}

RC_GTEST_PROP(ManifestIdProperty, texts_are_as_distinct_as_ids, ()) {
  const ManifestId a = manifest_id();
  const ManifestId b = manifest_id();
  RC_ASSERT((a == b) == (a.str() == b.str()));
}

RC_GTEST_PROP(DeploymentIdProperty, printed_and_read_again_it_is_the_same, ()) {
  const Words clusters{"c", "prod-sf", "\u00E9", "a,b", "a~b"};
  const DeploymentId given{.manifest = manifest_id(),
                           .cluster = ClusterName::parse(one_of(clusters)).value()};
  RC_ASSERT(DeploymentId::parse(given.str()).value() == given);
}

struct Product {
  SourceLocation location;
  std::string kind;

  friend bool operator==(const Product&, const Product&) = default;
};

Product product() {
  const Words kinds{"",
                    "docker",
                    "builder",
                    "Docker",
                    "a/b",
                    "sous.kind",
                    std::string("a\0b", 3),
                    "a--b",
                    "\u00E9"};
  return Product{.location = source_location(), .kind = one_of(kinds)};
}

// The same parts put together in another way: what a careless encoding mixes up.
Product rearranged(const Product& from) {
  const std::string& repo = from.location.repo();
  const std::string& offset = from.location.offset();
  const auto make = [&](std::string_view r, std::string_view o, std::string kind) {
    auto location = SourceLocation::make(r, o);
    return location ? Product{.location = *location, .kind = std::move(kind)} : from;
  };
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return make(repo + "/" + offset, "", from.kind);
    case 1:
      return make(repo.substr(0, repo.rfind('/')), repo.substr(repo.rfind('/') + 1), from.kind);
    case 2:
      return make(repo + "-" + from.kind, offset, "");
    case 3:
      return make(repo, offset + "/" + from.kind, "");
    case 4:
      return make(to_lower_ascii(repo), to_lower_ascii(offset), from.kind);
    case 5:
      return make(repo + "/sous.offset/" + offset, "", from.kind);
    case 6:
      return make(repo, offset + "/sous.kind/" + from.kind, "");
    default:
      return make(repo, from.kind, offset);
  }
}

RegistryBase registry() {
  const Words prefixes{"", "/team", "/a/b", "/" + std::string(120, 'p')};
  return RegistryBase::parse("registry.example.com:5000" + one_of(prefixes)).value();
}

RC_GTEST_PROP(ImageNameProperty, different_products_have_different_names, ()) {
  const RegistryBase base = registry();
  std::map<std::string, Product> named;
  for (int i = 0; i < 30; ++i) {
    const Product first = product();
    for (const Product& one : {first, rearranged(first)}) {
      const std::string name = image_repository(base, one.location, one.kind).value().str();
      const auto [known, added] = named.try_emplace(name, one);
      if (!added && known->second != one) {
        RC_LOG() << name << " names " << known->second.location.str() << " '" << known->second.kind
                 << "' and " << one.location.str() << " '" << one.kind << "'\n";
        RC_FAIL("one name for two products");
      }
    }
  }
}

RC_GTEST_PROP(ImageNameProperty, every_name_is_valid, ()) {
  const RegistryBase base = registry();
  const Product one = product();
  const ImageRepository name = image_repository(base, one.location, one.kind).value();
  RC_ASSERT(ImageRepository::parse(name.str()).value() == name);
  RC_ASSERT(name.path.starts_with(base.prefix));
  // Some registries refuse doubled separators, which the grammar allows.
  RC_ASSERT(name.str().find("--") == std::string::npos);
  RC_ASSERT(name.str().find("__") == std::string::npos);
}

RC_GTEST_PROP(ImageNameProperty,
              a_unique_tag_is_always_a_tag,
              (std::int64_t micros, const std::string& bytes)) {
  const Digest digest = Digest::sha256_of(bytes);
  const std::string hex = digest.hex();
  for (const std::size_t digits : {40U, 64U}) {
    const ImageTag tag = unique_tag(
        Revision::parse(hex.substr(0, digits)).value(), WallTime{Duration{micros}}, digest);
    RC_ASSERT(ImageTag::parse(tag.str()).value() == tag);
  }
}

RC_GTEST_PROP(ImageNameProperty, a_version_tag_says_the_version, ()) {
  const Version given = version();
  const auto tag = version_tag(given);
  RC_ASSERT(tag.has_value() == (given.canonical().size() <= 128));
  if (tag) {
    RC_ASSERT(Version::parse(tag->str()).value() == given);
  }
}

RC_GTEST_PROP(ImageRefProperty, printed_and_read_again_it_is_the_same, ()) {
  const Words hosts{"a.b", "localhost", "h:1", "A.b:65535", "[::1]:5000"};
  const Words paths{"a", "a/b", "a__b/c--d/e.f", "0"};
  const Words tags{"", ":1.0.0", ":_", ":" + std::string(128, 'T')};
  std::string text = one_of(hosts) + "/" + one_of(paths) + one_of(tags);
  if (*rc::gen::arbitrary<bool>()) {
    text += "@" + Digest::sha256_of(text).str();
  }
  const ImageRef given = ImageRef::parse(text).value();
  RC_ASSERT(ImageRef::parse(given.str()).value() == given);
}

RC_GTEST_PROP(AdvisoriesProperty,
              label_and_reading_are_inverse,
              (const std::vector<std::string>& texts)) {
  Advisories given;
  for (const std::string& text : texts) {
    given.add(text);
  }
  RC_ASSERT(Advisories::parse_label(given.label()) == given);
}

RC_GTEST_PROP(GitTagProperty, prefix_and_rest_are_the_tag, ()) {
  const Words prefixes{"", "v", "release-", "a/b-v", "pre.fix_", "\u00E9"};
  const std::string prefix = one_of(prefixes);
  const std::string rest = version_text();
  const TagVersion read = parse_version_tag(prefix + rest).value();
  RC_ASSERT(read.prefix == prefix);
  RC_ASSERT(read.version == Version::parse(rest).value());
}

RC_GTEST_PROP(GitTagProperty, own_prefix_gives_the_version_behind_it, ()) {
  const Words offsets{"a", "a/b", "s3-proxy", "web-2", "x/y/z", "1"};
  const std::string offset = one_of(offsets);
  const Version given = version();
  const std::string tag = offset + one_of({"-", "/", "_", "@"}) + one_of({"", "v"}) + given.str();
  const auto nowhere = [](std::string_view) { return false; };
  const auto read = version_of_tag(tag, offset, nowhere);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->own_prefix);
  RC_ASSERT(read->version.str() == given.str());
}

std::string remote_url() {
  const Words users{"", "git@", "me:secret@", "token@"};
  const Words schemes{"https://", "ssh://", "git://", "http://", "git+ssh://"};
  const Words hosts{"github.com", "Host.example", "h"};
  const Words ports{"", ":22", ":"};
  const Words paths{"/a/b", "/a/b.git", "/a/b/", "/~a/b", "//a//b.git/", "/a%20b", "/@a/b"};
  if (*rc::gen::inRange(0, 4) == 0) {
    return "git@" + one_of(hosts) + ":a/b.git";
  }
  return one_of(schemes) + one_of(users) + one_of(hosts) + one_of(ports) + one_of(paths);
}

RC_GTEST_PROP(RemoteUrlProperty, canonical_repository_is_a_location_of_its_own, ()) {
  const std::string repo = canonical_repo(remote_url()).value();
  RC_ASSERT(SourceLocation::parse(repo).value().str() == repo);
  RC_ASSERT(canonical_repo("https://" + repo).value() == repo);
}

RC_GTEST_PROP(RemoteUrlProperty, without_credentials_it_is_the_same_repository, ()) {
  const std::string url = remote_url();
  const std::string shown = without_credentials(url);
  RC_ASSERT(shown.find("secret") == std::string::npos);
  RC_ASSERT(without_credentials(shown) == shown);
  RC_ASSERT(canonical_repo(shown).value() == canonical_repo(url).value());
}

}  // namespace
}  // namespace sous
