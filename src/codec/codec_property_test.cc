// Laws of the codecs, on random input.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/definitions_record.h"
#include "codec/given_record.h"
#include "codec/json.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"
#include "codec/yaml_tree.h"
#include "codec/yaml_writer.h"

namespace sous::codec {
namespace {

using rc::gen::arbitrary;
using rc::gen::element;
using rc::gen::inRange;

// Text with everything that YAML and JSON have to quote.
std::string any_text() {
  const auto parts =
      *rc::gen::container<std::vector<std::string>>(element<std::string>("a",
                                                                         "B",
                                                                         "1",
                                                                         "0",
                                                                         "-",
                                                                         ".",
                                                                         ":",
                                                                         ": ",
                                                                         " #",
                                                                         "#",
                                                                         " ",
                                                                         "\n",
                                                                         "\t",
                                                                         "\r",
                                                                         "'",
                                                                         "\"",
                                                                         "\\",
                                                                         "{",
                                                                         "}",
                                                                         "[",
                                                                         "]",
                                                                         ",",
                                                                         "&",
                                                                         "*",
                                                                         "!",
                                                                         "|",
                                                                         ">",
                                                                         "%",
                                                                         "@",
                                                                         "`",
                                                                         "~",
                                                                         "null",
                                                                         "true",
                                                                         "yes",
                                                                         "no",
                                                                         "1e3",
                                                                         "0x1f",
                                                                         "2026-11-21",
                                                                         "\xc3\xa4",
                                                                         "\xe2\x82\xac",
                                                                         "\xf0\x9f\x98\x80",
                                                                         "\xe2\x80\xa8",
                                                                         "\xc2\x85",
                                                                         "\xc2\xa0",
                                                                         "\xef\xbb\xbf",
                                                                         "\x01",
                                                                         "\x7f",
                                                                         "---",
                                                                         "...",
                                                                         "<<",
                                                                         "=",
                                                                         "?"));
  std::string out;
  for (const auto& part : parts) {
    out += part;
  }
  return out;
}

std::string word() {
  return *rc::gen::nonEmpty(rc::gen::container<std::string>(
      element('a', 'b', 'c', 'x', 'y', 'z', '0', '7', '-', '_', 'Q')));
}

std::string name() { return "n" + word().substr(0, 60); }

template <typename T, typename Make>
std::vector<T> list_of(int most, Make make) {
  std::vector<T> out;
  const int count = *inRange(0, most + 1);
  for (int i = 0; i < count; ++i) {
    out.push_back(make());
  }
  return out;
}

TextMap any_map() {
  TextMap out;
  for (const auto& key : list_of<std::string>(4, any_text)) {
    out[key] = any_text();
  }
  return out;
}

template <typename T, typename Make>
std::optional<T> maybe(Make make) {
  return *arbitrary<bool>() ? std::optional<T>(make()) : std::nullopt;
}

std::uint32_t small() { return *inRange<std::uint32_t>(0, 100'000); }

Version any_version() {
  std::string text = std::to_string(*inRange(0, 30));
  text += *element<std::string>("", ".0", ".10", ".1.2", ".0.0-rc.1", ".3.4-a.b-c.7");
  return Version::parse(text).value();
}

WallTime any_time() { return WallTime(Duration(*inRange<std::int64_t>(0, 4'000'000'000'000'000))); }

Deed any_deed() { return {.who = any_text(), .when = any_time(), .why = any_text()}; }

Digest any_digest() { return Digest::sha256_of(std::to_string(*arbitrary<std::uint32_t>())); }

Revision any_revision() { return Revision::parse(any_digest().hex().substr(0, 40)).value(); }

SourceLocation any_location() {
  std::string repo =
      *element<std::string>("github.com/", "git.sr.ht/~user/", "localhost/a b/", "") + name() +
      *element<std::string>("", ".yaml/x", "/.git/y", "/a%b", "/\\c", "/g\xc3\xa4");
  const std::string offset = *element<std::string>("", "a", "a/b.yaml/c", ".git", "d e");
  return SourceLocation::make(repo, offset).value();
}

ManifestId any_manifest_id() {
  return ManifestId::make(any_location(), *element<std::string>("", "f", "x.yaml", "100%")).value();
}

ClusterName any_cluster() {
  return ClusterName::parse(*element<std::string>("", "..", "%", ".git", "y.yaml", "null") + name())
      .value();
}

Startup any_startup() {
  Startup out;
  out.skip_check = maybe<bool>([] { return *arbitrary<bool>(); });
  out.connect_delay = maybe<std::uint32_t>(small);
  out.timeout = maybe<std::uint32_t>(small);
  out.connect_interval = maybe<std::uint32_t>(small);
  out.check_ready_protocol =
      maybe<std::string>([] { return *element<std::string>("HTTP", "HTTPS"); });
  out.check_ready_uri_path = maybe<std::string>(any_text);
  out.check_ready_port_index = maybe<std::uint32_t>(small);
  out.check_ready_failure_statuses =
      maybe<std::vector<std::uint32_t>>([] { return list_of<std::uint32_t>(3, small); });
  out.check_ready_uri_timeout = maybe<std::uint32_t>(small);
  out.check_ready_interval = maybe<std::uint32_t>(small);
  out.check_ready_retries = maybe<std::uint32_t>(small);
  return out;
}

DeploySpec any_spec() {
  DeploySpec out;
  out.version = any_version();
  out.num_instances = small();
  out.resources = any_map();
  out.resources["cpus"] = *element<std::string>("0.1", "2", "1e-1");
  out.resources["memory"] = "128";
  out.resources["ports"] = "1";
  out.env = any_map();
  out.metadata = any_map();
  out.volumes = list_of<Volume>(3, [] {
    return Volume{.host = "/" + any_text(),
                  .container = "/" + any_text(),
                  .mode = *element(Volume::Mode::read_only, Volume::Mode::read_write)};
  });
  out.startup = any_startup();
  out.schedule = any_text();
  out.singularity_request_id = any_text();
  return out;
}

Manifest any_manifest() {
  Manifest out{.id = any_manifest_id(),
               .kind = *element(Kind::http_service, Kind::worker, Kind::once),
               .owners = {},
               .deployments = {}};
  for (auto& owner : list_of<std::string>(3, any_text)) {
    out.owners.insert(owner);
  }
  for (const auto& cluster : list_of<ClusterName>(3, any_cluster)) {
    out.deployments.emplace(cluster, any_spec());
  }
  return out;
}

Definitions any_definitions() {
  Definitions out;
  out.docker_repo = any_text();
  for (const auto& cluster : list_of<ClusterName>(3, any_cluster)) {
    ClusterDefinition definition{.name = cluster,
                                 .kind = name(),
                                 .base_url = any_text(),
                                 .env = any_map(),
                                 .startup = any_startup(),
                                 .allowed_advisories = {},
                                 .registry = maybe<std::string>(name),
                                 .machine_id = maybe<std::string>(name)};
    for (const auto& advisory : list_of<std::string>(3, any_text)) {
      if (!advisory.empty()) {
        definition.allowed_advisories.add(advisory);
      }
    }
    out.clusters.emplace(cluster, definition);
  }
  return out;
}

ImageRepository any_image() {
  return ImageRepository::parse("registry.example:5000/" + *element<std::string>("a", "b/c"))
      .value();
}

Registration any_registration() {
  Registration out{.digest = any_digest(), .revision = any_revision()};
  out.advisories = Advisories::parse_label("dirty workspace,added artifact");
  out.images = list_of<ImageRepository>(3, any_image);
  out.kind = any_text();
  out.origin = *element(Registration::Origin::built, Registration::Origin::added);
  out.built_at = maybe<WallTime>(any_time);
  out.layers = maybe<Digest>(any_digest);
  out.config_digest = maybe<Digest>(any_digest);
  out.rebuild_of = maybe<Digest>(any_digest);
  out.remote_url = any_text();
  out.registered = any_deed();
  out.withdrawn = maybe<Deed>(any_deed);
  if (const auto restored = maybe<Deed>(any_deed)) {
    out.ended_withdrawals.push_back({any_deed(), *restored});
  }
  return out;
}

Lock any_lock() {
  return {.digest = any_digest(),
          .revision = any_revision(),
          .state = Lock::State::provisional,
          .made = any_deed(),
          .evidence = any_text()};
}

LockFile any_lock_file() {
  LockFile out{.source = {.location = any_location(), .version = any_version()},
               .registrations = list_of<Registration>(3, any_registration),
               .locks = list_of<Lock>(3, any_lock),
               .superseded = list_of<SupersededLock>(
                   2, [] { return SupersededLock{.lock = any_lock(), .ended = any_deed()}; })};
  // The file's laws: one registration per digest, one lock per revision, one final lock.
  std::ranges::sort(out.registrations, {}, &Registration::digest);
  const auto same = std::ranges::unique(out.registrations, {}, &Registration::digest);
  out.registrations.erase(same.begin(), same.end());
  std::ranges::sort(out.locks, {}, &Lock::revision);
  const auto same_lock = std::ranges::unique(out.locks, {}, &Lock::revision);
  out.locks.erase(same_lock.begin(), same_lock.end());
  if (!out.locks.empty()) {
    out.locks.back().state = Lock::State::final_;
  }
  return out;
}

GivenEntry any_entry(std::uint64_t generation) {
  return {.generation = generation,
          .version = any_version(),
          .revision = maybe<Revision>(any_revision),
          .image = {any_image(), any_digest()},
          .own_fingerprint = any_text(),
          .effective_fingerprint = any_text(),
          .given = any_deed(),
          .outcome = *element(Outcome::pending, Outcome::failed, Outcome::overtaken),
          .outcome_reason = any_text()};
}

GivenRecord any_given() {
  GivenRecord out{.deployment = {any_manifest_id(), any_cluster()},
                  .entries = {any_entry(1)},
                  .last_succeeded = {},
                  .hold = {},
                  .removed = maybe<Deed>(any_deed),
                  .adopted_id = any_text()};
  for (std::uint64_t generation = 2; generation < 5 && *arbitrary<bool>(); ++generation) {
    out.give(any_entry(generation));
  }
  if (*arbitrary<bool>()) {
    out.last_succeeded = any_entry(1);
    out.hold = Hold{.held = any_deed(), .until = maybe<WallTime>(any_time)};
  }
  return out;
}

template <typename T>
void expect_read(const Result<T>& read, const std::string& text) {
  if (!read) {
    RC_LOG() << read.error().text() << "\n" << text << "\n";
    for (const auto& detail : read.error().details()) {
      RC_LOG() << detail << "\n";
    }
  }
  RC_ASSERT(read.has_value());
}

RC_GTEST_PROP(RecordLaws, ManifestsReadBack, ()) {
  const Manifest manifest = any_manifest();
  const std::string text = encode_manifest(manifest);
  const auto read = decode_manifest("m", text);
  expect_read(read, text);
  RC_ASSERT(read->value == manifest);
  RC_ASSERT(encode_manifest(read->value) == text);
}

RC_GTEST_PROP(RecordLaws, DefinitionsReadBack, ()) {
  const Definitions definitions = any_definitions();
  const std::string text = encode_definitions(definitions);
  const auto read = decode_definitions("d", text);
  expect_read(read, text);
  RC_ASSERT(read->value == definitions);
  RC_ASSERT(read->flaws.empty());
}

RC_GTEST_PROP(RecordLaws, LockFilesReadBack, ()) {
  const LockFile file = any_lock_file();
  const std::string text = encode_lock_file(file);
  const auto read = decode_lock_file("l", text);
  expect_read(read, text);
  RC_ASSERT(*read == file);
  RC_ASSERT(encode_lock_file(*read) == text);
}

RC_GTEST_PROP(RecordLaws, GivenRecordsReadBack, ()) {
  const GivenRecord record = any_given();
  const std::string text = encode_given(record);
  const auto read = decode_given("g", text);
  expect_read(read, text);
  RC_ASSERT(*read == record);
  RC_ASSERT(encode_given(*read) == text);
}

RC_GTEST_PROP(PathLaws, PathsNameOneRecordAndAreSafe, ()) {
  const ManifestId id = any_manifest_id();
  const SourceId source{.location = any_location(), .version = any_version()};
  const DeploymentId deployment{any_manifest_id(), any_cluster()};
  RC_ASSERT(manifest_of_path(manifest_path(id)).value() == id);
  RC_ASSERT(lock_of_path(lock_path(source)).value() == source);
  RC_ASSERT(given_of_path(given_path(deployment)).value() == deployment);
  for (const std::string& path : {manifest_path(id), lock_path(source), given_path(deployment)}) {
    const std::string around = "/" + path + "/";
    for (const std::string bad : {"//", "/../", "/./", "/.git/", "\\"}) {
      RC_ASSERT(around.find(bad) == std::string::npos);
    }
    const auto inner = path.find(".yaml/");
    RC_ASSERT(inner == std::string::npos);
  }
}

RC_GTEST_PROP(YamlLaws, ScalarsReadBackInEveryPlace, ()) {
  const std::string text = any_text();
  YamlValue map = YamlValue::mapping();
  map.add(text, YamlValue::of(text));
  YamlValue list = YamlValue::sequence();
  list.items = {YamlValue::of(text), map};
  YamlValue root = YamlValue::mapping();
  root.add("block", list).add("map", map);
  for (const std::string& yaml : {yaml_block(root), yaml_flow(root) + "\n"}) {
    const auto read = parse_yaml("y", yaml);
    expect_read(read, yaml);
    const YamlNode* items = read->find("block");
    RC_ASSERT(items->items[0].text == text);
    RC_ASSERT(!items->items[0].is_null());
    RC_ASSERT(items->items[1].find(text)->text == text);
    RC_ASSERT(read->find("map")->find(text)->text == text);
  }
}

Json any_json(int depth) {
  switch (*inRange(0, depth > 0 ? 7 : 5)) {
    case 0:
      return {};
    case 1:
      return {*arbitrary<bool>()};
    case 2:
      return {*arbitrary<std::int64_t>()};
    case 3:
      return Json::number(*element(0.5, -1e300, 1e-9));
    case 4:
      return {any_text()};
    case 5:
      return Json::array(list_of<Json>(3, [&] { return any_json(depth - 1); }));
    default: {
      Json out = Json::object();
      for (const auto& key : list_of<std::string>(3, any_text)) {
        out.set(key, any_json(depth - 1));
      }
      return out;
    }
  }
}

RC_GTEST_PROP(JsonLaws, DocumentsReadBack, ()) {
  const Json json = any_json(3);
  RC_ASSERT(parse_json(json.dump()).value() == json);
  RC_ASSERT(parse_json(json.dump_pretty()).value() == json);
}

}  // namespace
}  // namespace sous::codec
