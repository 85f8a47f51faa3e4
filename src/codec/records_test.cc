#include <string>

#include <gtest/gtest.h>

#include "codec/definitions_record.h"
#include "codec/gdm_decode.h"
#include "codec/given_record.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"

namespace sous::codec {
namespace {

const std::string kRevisionText(40, 'b');

Deed deed(std::string why) {
  return {.who = "Ann <ann@example.org>",
          .when = parse_rfc3339("2026-11-21T22:26:42.000001Z").value(),
          .why = std::move(why)};
}

Digest digest(std::string_view seed) { return Digest::sha256_of(seed); }

Revision revision() { return Revision::parse(kRevisionText).value(); }

LockFile lock_file() {
  Registration registration{.digest = digest("a"), .revision = revision()};
  registration.advisories = {KnownAdvisory::dirty_workspace};
  registration.images = {ImageRepository::parse("registry.example:5000/user/project").value()};
  registration.built_at = parse_rfc3339("2026-11-21T22:26:42Z").value();
  registration.registered = deed("sous build");
  const Lock lock{.digest = digest("a"),
                  .revision = revision(),
                  .state = Lock::State::provisional,
                  .made = deed("only candidate: it has 1 advisory"),
                  .evidence = ""};
  return {.source = SourceId::parse("github.com/user/project,1.2.3,svc").value(),
          .registrations = {registration},
          .locks = {lock},
          .superseded = {}};
}

GivenRecord given_record() {
  const GivenEntry entry{
      .generation = 4,
      .version = Version::parse("1.2.3+abcdef0").value(),
      .revision = revision(),
      .image = ImageByDigest::parse("registry.example/p@" + digest("a").str()).value(),
      .own_fingerprint = "0123456789012345",
      .effective_fingerprint = "abcdef",
      .given = deed("sous deploy"),
      .outcome = Outcome::succeeded,
      .outcome_reason = "healthy"};
  return {.deployment = DeploymentId::parse("prod:github.com/user/project,svc~x").value(),
          .entries = {entry},
          .last_succeeded = entry,
          .hold = Hold{.held = deed("freeze"), .until = std::nullopt},
          .removed = std::nullopt,
          .adopted_id = ""};
}

std::string all(const Error& error) {
  std::string out;
  for (const auto& detail : error.details()) {
    out += detail + "\n";
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

TEST(LockRecord, HasThisText) {
  EXPECT_EQ(encode_lock_file(lock_file()),
            "format: 1\nsource:\n  repo: github.com/user/project\n  offset: svc\n  version: 1.2.3\n"
            "registrations:\n- digest: " +
                digest("a").str() + "\n  revision: " + kRevisionText +
                "\n  advisories:\n  - dirty workspace\n  images:\n"
                "  - registry.example:5000/user/project\n  origin: built\n"
                "  built_at: \"2026-11-21T22:26:42.000000Z\"\n  registered:\n"
                "    who: Ann <ann@example.org>\n    when: \"2026-11-21T22:26:42.000001Z\"\n"
                "    why: sous build\nlocks:\n- digest: " +
                digest("a").str() + "\n  revision: " + kRevisionText +
                "\n  state: provisional\n  made:\n    who: Ann <ann@example.org>\n"
                "    when: \"2026-11-21T22:26:42.000001Z\"\n"
                "    why: \"only candidate: it has 1 advisory\"\n");
}

TEST(LockRecord, ReadsBackWhatItWrites) {
  const auto out = decode_lock_file("l", encode_lock_file(lock_file()));
  ASSERT_TRUE(out) << all(out.error());
  EXPECT_EQ(*out, lock_file());
}

TEST(LockRecord, RefusesWhatBreaksItsLaws) {
  LockFile twice = lock_file();
  twice.registrations.push_back(twice.registrations[0]);
  twice.locks.push_back(twice.locks[0]);
  twice.locks[0].state = Lock::State::final_;
  twice.locks[1].state = Lock::State::final_;
  const auto out = decode_lock_file("l", encode_lock_file(twice));
  ASSERT_FALSE(out);
  EXPECT_NE(all(out.error()).find("is registered twice"), std::string::npos);
  EXPECT_NE(all(out.error()).find("has two locks"), std::string::npos);
  EXPECT_NE(all(out.error()).find("two final locks"), std::string::npos);
}

TEST(LockRecord, RefusesANewerFormatAndMissingParts) {
  const std::string text = encode_lock_file(lock_file());
  const auto newer = decode_lock_file("l", replaced(text, "format: 1", "format: 2"));
  ASSERT_FALSE(newer);
  EXPECT_TRUE(all(newer.error()).starts_with("l:1:9: format: 2 is not format 1"));
  EXPECT_FALSE(decode_lock_file("l", ""));
  EXPECT_FALSE(decode_lock_file("l", replaced(text, "format: 1\n", "")));
  EXPECT_FALSE(decode_lock_file("l", replaced(text, "state: provisional", "state: maybe")));
  EXPECT_FALSE(decode_lock_file("l", replaced(text, "origin: built", "origin: found")));
  EXPECT_FALSE(decode_lock_file("l", replaced(text, "revision: bb", "revision: b")));
  EXPECT_FALSE(decode_lock_file("l", replaced(text, "- registry.example", "- REGISTRY/")));
  EXPECT_TRUE(decode_lock_file("l", text + "later: {a: 1}\n")) << "unknown fields are tolerated";
}

TEST(GivenRecord, ReadsBackWhatItWrites) {
  const auto out = decode_given("g", encode_given(given_record()));
  ASSERT_TRUE(out) << all(out.error());
  EXPECT_EQ(*out, given_record());
  EXPECT_EQ(out->current().version.build(), "abcdef0");
}

TEST(GivenRecord, RefusesWhatBreaksItsLaws) {
  GivenRecord empty = given_record();
  empty.entries.clear();
  EXPECT_FALSE(decode_given("g", encode_given(empty)));
  GivenRecord falling = given_record();
  falling.entries.push_back(falling.entries[0]);
  EXPECT_FALSE(decode_given("g", encode_given(falling)));
  const std::string text = encode_given(given_record());
  EXPECT_FALSE(decode_given("g", replaced(text, "format: 1", "format: 2")));
  EXPECT_FALSE(decode_given("g", replaced(text, "outcome: succeeded", "outcome: fine")));
  EXPECT_FALSE(decode_given("g", replaced(text, "cluster: prod", "cluster: a b")));
  EXPECT_FALSE(decode_given("g", ""));
}

TEST(Definitions, AreReadAndWritten) {
  const std::string text =
      "# ours\nDockerRepo: docker.example.org\nClusters:\n  prod:\n    Name: prod\n    Kind: "
      "singularity\n"
      "    BaseURL: http://singularity.example/x\n    Env: {A: b}\n    Startup: {Timeout: 10}\n"
      "    AllowedAdvisories: [ephemeral tag, no such thing]\n  here:\n    Kind: podman\n"
      "    BaseURL: unix:///run/podman.sock\n    Registry: mirror.example\n    MachineID: abc\n"
      "EnvVars:\n- {Name: X}\n";
  const auto out = decode_definitions("defs.yaml", text);
  ASSERT_TRUE(out) << all(out.error());
  EXPECT_TRUE(out->flaws.empty());
  EXPECT_EQ(out->value.docker_repo, "docker.example.org");
  const auto& prod = out->value.clusters.at(ClusterName::parse("prod").value());
  EXPECT_EQ(prod.kind, "singularity");
  EXPECT_EQ(prod.startup.timeout, 10U);
  EXPECT_TRUE(prod.allowed_advisories.contains("no such thing"));
  EXPECT_FALSE(prod.registry);
  EXPECT_EQ(out->value.clusters.at(ClusterName::parse("here").value()).machine_id, "abc");
  EXPECT_EQ(decode_definitions("d", encode_definitions(out->value))->value, out->value);

  ClusterDefinition next{.name = ClusterName::parse("next").value(), .kind = "podman"};
  const std::string added = add_cluster(text, next).value();
  EXPECT_EQ(added,
            replaced(text,
                     "EnvVars",
                     "  next:\n    Name: next\n    Kind: podman\n    BaseURL: \"\"\nEnvVars"));
  EXPECT_EQ(remove_cluster(added, next.name).value(), text);
  EXPECT_EQ(set_cluster_text(text, prod.name, "BaseURL", "http://new").value(),
            replaced(text, "http://singularity.example/x", "http://new"));
  EXPECT_EQ(add_cluster(added, next).error().code(), Code::already_exists);
}

TEST(Definitions, TellFlawsAndProblems) {
  const auto out = decode_definitions("d", "Clusters:\n  a: {Name: b, Kind: podman, BaseUrl: x}\n");
  ASSERT_TRUE(out);
  ASSERT_EQ(out->flaws.size(), 2U);
  EXPECT_EQ(out->flaws[0].field, "Clusters.a.Name");
  EXPECT_EQ(out->flaws[1].message, "is no known field; did you mean `BaseURL`?");
  EXPECT_FALSE(decode_definitions("d", "Clusters:\n  a: {}\n"));
  EXPECT_FALSE(decode_definitions("d", "Clusters: []\n"));
}

TEST(Format, IsReadAndWritten) {
  const GdmFormat format{.format = 1, .id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"};
  EXPECT_EQ(encode_format(format), "format: 1\nid: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n");
  EXPECT_EQ(decode_format("sous.yaml", encode_format(format)).value(), format);
  EXPECT_FALSE(decode_format("sous.yaml", "format: 2\nid: x\n"));
  EXPECT_FALSE(decode_format("sous.yaml", "format: 1\n"));
}

TEST(DecodeGdm, KeepsABrokenRecordToItself) {
  RecordTexts records;
  const auto put = [&](const std::string& path, std::string text) {
    records[path] = std::make_shared<const std::string>(std::move(text));
  };
  put("sous.yaml", "format: 1\nid: x\n");
  put("defs.yaml", "Clusters:\n  prod: {Kind: podman}\n");
  put("manifests/github.com/user/good.yaml", "Source: github.com/user/good\n");
  put("manifests/github.com/user/bad.yaml", "Source: github.com/user/bad\nKind: [\n");
  put("manifests/github.com/user/moved.yaml", "Source: github.com/user/other\n");
  put("manifests/README.md", "not a record");
  put(lock_path(lock_file().source), encode_lock_file(lock_file()));
  put(given_path(given_record().deployment), encode_given(given_record()));
  put("README.md", "other files are nobody's business");
  const auto [gdm, flaws] = decode_gdm_with_flaws(
      "r1", records, {{"manifests/github.com/user/big.yaml", "it is too big"}});
  EXPECT_EQ(gdm.revision, "r1");
  EXPECT_EQ(gdm.id, "x");
  EXPECT_EQ(gdm.definitions.clusters.size(), 1U);
  EXPECT_EQ(gdm.manifests.size(), 1U);
  EXPECT_NE(gdm.lock_file(lock_file().source), nullptr);
  EXPECT_NE(gdm.given_record(given_record().deployment), nullptr);
  ASSERT_EQ(gdm.broken.size(), 4U);
  EXPECT_EQ(gdm.broken[0].path, "manifests/README.md");
  EXPECT_FALSE(gdm.broken[0].manifest);
  EXPECT_EQ(gdm.broken[1].path, "manifests/github.com/user/bad.yaml");
  EXPECT_TRUE(gdm.broken[1].problems[0].starts_with("manifests/github.com/user/bad.yaml:3:1: "))
      << gdm.broken[1].problems[0];
  EXPECT_EQ(gdm.broken[2].problems[0],
            "manifests/github.com/user/moved.yaml:1:1: it is about manifest github.com/user/other, "
            "which belongs under another path");
  EXPECT_EQ(gdm.broken[3].problems[0], "manifests/github.com/user/big.yaml:1:1: it is too big");
  // Whose record each would be: what was deployed from it must not look abandoned.
  EXPECT_EQ(gdm.broken[1].manifest, ManifestId::parse("github.com/user/bad").value());
  EXPECT_EQ(gdm.broken[2].manifest, ManifestId::parse("github.com/user/moved").value());
  EXPECT_EQ(gdm.broken[3].manifest, ManifestId::parse("github.com/user/big").value());
  EXPECT_FALSE(flaws.empty());
}

TEST(DecodeGdm, TellsWhoseGivenRecordIsBroken) {
  RecordTexts records;
  records[given_path(given_record().deployment)] = std::make_shared<const std::string>("a: [\n");
  const auto gdm = decode_gdm("r1", records, {});
  ASSERT_EQ(gdm.broken.size(), 1U);
  EXPECT_EQ(gdm.broken[0].manifest, given_record().deployment.manifest);
}

TEST(DecodeGdm, AnUpdateGivesWhatReadingAnewGives) {
  const auto text = [](std::string value) {
    return std::make_shared<const std::string>(std::move(value));
  };
  RecordTexts before{{"sous.yaml", text("format: 1\nid: x\n")},
                     {"defs.yaml", text("Clusters:\n  prod: {Kind: podman}\n")},
                     {"manifests/github.com/user/a.yaml", text("Source: github.com/user/a\n")},
                     {"manifests/github.com/user/b.yaml", text("Source: github.com/user/b\n")},
                     {"manifests/github.com/user/bad.yaml", text("Kind: [\n")}};
  before[lock_path(lock_file().source)] = text(encode_lock_file(lock_file()));
  before[given_path(given_record().deployment)] = text(encode_given(given_record()));
  const RefusedRecords refused{{"manifests/github.com/user/z.yaml", "it is too big"}};
  RecordTexts after = before;
  after.erase("manifests/github.com/user/a.yaml");
  after["manifests/github.com/user/b.yaml"] = text("Kind: [\n");
  after["manifests/github.com/user/bad.yaml"] = text("Source: github.com/user/bad\n");
  after["manifests/github.com/user/z.yaml"] = text("Source: github.com/user/z\n");
  after["defs.yaml"] = text("Clusters: {}\n");
  after.erase(lock_path(lock_file().source));
  after.erase(given_path(given_record().deployment));
  for (const auto& [from, from_refused, to, to_refused] :
       {std::tuple{before, refused, after, RefusedRecords{}},
        std::tuple{after, RefusedRecords{}, before, refused},
        std::tuple{RecordTexts{}, RefusedRecords{}, after, RefusedRecords{}}}) {
    Gdm updated = decode_gdm("r1", from, from_refused);
    update_gdm(updated, "r2", from, from_refused, to, to_refused);
    const Gdm anew = decode_gdm("r2", to, to_refused);
    EXPECT_EQ(updated.revision, "r2");
    EXPECT_EQ(updated.id, anew.id);
    EXPECT_EQ(updated.definitions, anew.definitions);
    EXPECT_EQ(updated.manifests, anew.manifests);
    EXPECT_EQ(updated.locks, anew.locks);
    EXPECT_EQ(updated.given, anew.given);
    EXPECT_EQ(updated.broken, anew.broken);
  }
}

TEST(DecodeGdm, WhatIsReadDoesNotDependOnHowItIsDivided) {
  RecordTexts records;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "github.com/user/p" + std::to_string(i);
    records["manifests/" + name + ".yaml"] = std::make_shared<const std::string>(
        i % 7 == 0 ? "Kind: [\n" : "Source: " + name + "\nKnid: worker\n");
  }
  const auto plain = decode_gdm_with_flaws("r1", records, {});
  ASSERT_EQ(plain.gdm.broken.size(), 143U);
  ASSERT_EQ(plain.gdm.manifests.size(), 857U);
  std::size_t batches = 0;
  const auto backwards_and_never_the_first = [&](std::size_t count,
                                                 const std::function<void(std::size_t)>& body) {
    batches = count;
    for (std::size_t i = count; i > 1; --i) {
      body(i - 1);
    }
  };
  const auto divided = decode_gdm_with_flaws("r1", records, {}, backwards_and_never_the_first);
  EXPECT_GT(batches, 1U);
  EXPECT_EQ(divided.gdm.manifests, plain.gdm.manifests);
  EXPECT_EQ(divided.gdm.broken, plain.gdm.broken);
  const auto places = [](const DecodedGdm& decoded) {
    std::vector<std::string> out;
    for (const auto& flaw : decoded.flaws) {
      out.push_back(flaw.path + " " + flaw.flaw.field);
    }
    return out;
  };
  EXPECT_EQ(places(divided), places(plain));
}

}  // namespace
}  // namespace sous::codec
