#include "samples.h"

#include <algorithm>
#include <utility>

namespace sous::golden {
namespace {

Digest digest(char digit) { return *Digest::parse("sha256:" + std::string(64, digit)); }

Revision revision(char digit) { return *Revision::parse(std::string(40, digit)); }

WallTime at(int minute) {
  return *parse_rfc3339("2026-11-21T22:00:00.5Z") + std::chrono::minutes(minute);
}

SourceLocation shop() { return *SourceLocation::parse("github.com/example/shop"); }

SourceId shop_version(std::string_view version) { return {shop(), *Version::parse(version)}; }

ImageRepository repository() { return *ImageRepository::parse("registry.example:5000/team/shop"); }

ImageRepository mirror() { return *ImageRepository::parse("mirror.example/team/shop"); }

ImageByDigest image(char digit) { return {repository(), digest(digit)}; }

ClusterName cluster(std::string_view name) { return *ClusterName::parse(name); }

DeploymentId shop_in(std::string_view name) { return {ManifestId(shop()), cluster(name)}; }

DeploymentId flavored_in(std::string_view name) {
  return {*ManifestId::parse("github.com/example/shop,api~canary"), cluster(name)};
}

Deed pat(int minute, std::string why) {
  return {"Pat Person <pat@example.com>", at(minute), std::move(why)};
}

Artifact artifact(char digit, Advisories advisories, std::optional<WallTime> built_at) {
  return {.digest = digest(digit),
          .source = shop_version("1.2.0"),
          .revision = revision('a'),
          .advisories = std::move(advisories),
          .built_at = built_at,
          .created = {},
          .rebuild_of = {},
          .config_digest = {},
          .layers = {},
          .repositories = {repository()}};
}

Registration registered(const Artifact& artifact, int minute) {
  return {.digest = artifact.digest,
          .revision = artifact.revision,
          .advisories = artifact.advisories,
          .images = artifact.repositories,
          .kind = {},
          .built_at = artifact.built_at,
          .layers = {},
          .config_digest = {},
          .rebuild_of = {},
          .remote_url = "https://github.com/example/shop.git",
          .registered = pat(minute, "sous build"),
          .withdrawn = {}};
}

}  // namespace

Explained decided_by_rank() {
  const auto first = artifact('1', {KnownAdvisory::ephemeral_tag}, at(1));
  const auto second =
      artifact('2', {KnownAdvisory::dirty_workspace, KnownAdvisory::ephemeral_tag}, at(0));
  const auto third = artifact('3', {KnownAdvisory::is_a_build_image}, std::nullopt);
  LockFile file{.source = shop_version("1.2.0"), .registrations = {registered(first, 2)}};
  file.locks = {{.digest = first.digest,
                 .revision = first.revision,
                 .state = Lock::State::provisional,
                 .made = pat(2, "first registration"),
                 .evidence = "1 registration"}};
  return {{.source = shop_version("1.2.0"),
           .wanted_revision = {},
           .verdict = Decided{image('1'),
                              first.revision,
                              Rule::fewest_advisories,
                              "1 advisory, the next one has 2"},
           .candidates = {{first, 0, 1, "1 advisory, registered first"},
                          {second, std::nullopt, 2, "2 advisories, not registered"},
                          {third, std::nullopt, 0, "is a build image"}}},
          file};
}

Explained decided_by_final_lock() {
  const auto first = artifact('1', {}, at(1));
  auto second = artifact('2', {KnownAdvisory::rebuilt}, at(5));
  second.repositories.push_back(mirror());
  LockFile file{.source = shop_version("1.2.0"),
                .registrations = {registered(first, 2), registered(second, 6)}};
  file.locks = {{.digest = first.digest,
                 .revision = first.revision,
                 .state = Lock::State::final_,
                 .made = pat(2, "zero advisories, registered by its own build"),
                 .evidence = "1 registration"}};
  file.superseded = {{.lock = {.digest = digest('9'),
                               .revision = revision('b'),
                               .state = Lock::State::provisional,
                               .made = pat(0, "first registration"),
                               .evidence = {}},
                      .ended = pat(2, "an artifact that ranks higher was registered")}};
  return {
      {.source = shop_version("1.2.0"),
       .wanted_revision = revision('a').str(),
       .verdict = Decided{image('1'), first.revision, Rule::final_lock, "locked since its build"},
       .candidates = {{first, 0, 1, "the final lock"}, {second, 1, 2, "rebuilt: 1 advisory"}}},
      file};
}

Decision undecided() {
  return {.source = shop_version("1.3.0"),
          .wanted_revision = {},
          .verdict = Undecided{{"registry.example:5000/team/shop: GET tags: 503",
                                "mirror.example/team/shop: not read yet"}},
          .candidates = {}};
}

Decision no_image() {
  return {.source = shop_version("1.4.0"),
          .wanted_revision = {},
          .verdict = NoImage{},
          .candidates = {}};
}

Explained locked_elsewhere() {
  auto explained = decided_by_final_lock();
  explained.decision.wanted_revision = revision('c').str();
  explained.decision.verdict = LockedElsewhere{explained.file.locks.front(), revision('c').str()};
  explained.decision.candidates.clear();
  return explained;
}

app::BuildReport clean_build() {
  app::BuildReport out{.revision = revision('a'), .products = {}, .notes = {}};
  out.products.push_back({.source = shop_version("1.2.0"),
                          .kind = {},
                          .image = image('1'),
                          .tags = {*ImageTag::parse("1.2.0")},
                          .advisories = {},
                          .rebuild_of = {},
                          .identical = {},
                          .difference = {},
                          .canonical = image('1'),
                          .pending = {}});
  return out;
}

app::BuildReport rebuild() {
  auto out = clean_build();
  app::BuiltProduct& main = out.products.front();
  main.image = image('2');
  main.tags = {*ImageTag::parse("zaaaa-2026-11-21T22.00.00-222222222222")};
  main.advisories = {KnownAdvisory::rebuilt};
  main.rebuild_of = digest('1');
  main.identical = false;
  main.difference = "layer 2 of 3";
  return out;
}

app::BuildReport pending_build() {
  auto out = clean_build();
  app::BuiltProduct& main = out.products.front();
  main.tags = {};
  main.canonical.reset();
  main.pending = "the GDM's remote does not answer";
  return out;
}

app::BuildReport split_build() {
  auto out = clean_build();
  auto test = out.products.front();
  test.kind = "test";
  test.image = image('3');
  test.advisories = {KnownAdvisory::support_container};
  test.canonical.reset();
  out.products.push_back(std::move(test));
  return out;
}

app::ArtifactReport artifacts() {
  const auto known = [](char digit, bool is_registered, bool withdrawn) {
    return app::KnownArtifact{
        .digest = digest(digit),
        .source = shop_version("1.2.0"),
        .revision = revision('a'),
        .advisories = is_registered ? Advisories{} : Advisories{KnownAdvisory::ephemeral_tag},
        .built_at = is_registered ? std::optional{at(1)} : std::nullopt,
        .first_seen = is_registered ? std::optional{at(2)} : std::nullopt,
        .registered = is_registered,
        .withdrawn = withdrawn,
        .names =
            is_registered ? std::vector{repository(), mirror()} : std::vector<ImageRepository>{}};
  };
  return {.artifacts = {known('1', true, false), known('2', true, true), known('3', false, false)},
          .completeness = Completeness::partial("503 from the registry",
                                                {"registry.example:5000/team/shop:1.2.1"})};
}

Plan plan() {
  Action create{.id = shop_in("left")};
  create.kind = ActionKind::create;
  create.version = *Version::parse("1.2.0");
  create.to = image('1');
  create.reason = "it does not run";
  create.precondition = {"cafe01", "cafe01", 0, std::nullopt};
  Action update{.id = flavored_in("right")};
  update.kind = ActionKind::update;
  update.version = *Version::parse("1.2.0");
  update.from = digest('1');
  update.to = image('1');
  update.reason = "the specification changed";
  update.differences = {{"NumInstances", "1", "3"}, {"Env.COLOR", "", "blue"}};
  update.alarms = {"the running image differs from the given one"};
  update.precondition = {"cafe01", "cafe01", 4, digest('1')};
  Action unclear{.id = shop_in("right")};
  unclear.kind = ActionKind::undecided;
  unclear.version = *Version::parse("1.3");
  unclear.reason = "the image cannot be decided";
  return {.gdm_revision = "cafe01",
          .observed_at = at(9),
          .actions = {update, create, unclear},
          .clusters = {{cluster("left"), Completeness::complete()},
                       {cluster("right"), Completeness::partial("one container is damaged", {"x"})},
                       {cluster("silent"), Completeness::partial("no answer", {"silent"})}}};
}

std::vector<app::SilentCluster> silent_clusters() {
  return {
      {cluster("silent"), Error(Code::unavailable, "no answer").hinted("start podman's service")}};
}

std::vector<Operation> operations() {
  const Version version = *Version::parse("1.2.0");
  std::vector<std::string> log;
  for (int line = 1; line <= 25; ++line) {
    log.push_back("line " + std::to_string(line));
  }
  return {{.id = "0123456789ab",
           .deployment = shop_in("left"),
           .version = version,
           .digest = digest('1'),
           .generation = 1,
           .state = OperationState::succeeded,
           .reason = "healthy",
           .link = {},
           .last_log_lines = {}},
          {.id = "ba9876543210",
           .deployment = shop_in("right"),
           .version = version,
           .digest = digest('1'),
           .generation = 2,
           .state = OperationState::failed,
           .reason = "instance 0 exited with 1",
           .link = "http://right.example/shop",
           .last_log_lines = log},
          {.id = {},
           .deployment = flavored_in("right"),
           .version = version,
           .digest = {},
           .generation = 0,
           .state = OperationState::blocked,
           .reason = "held by Pat: audit",
           .link = {},
           .last_log_lines = {}}};
}

std::vector<OperationRecord> operation_records() {
  std::vector<OperationRecord> out;
  for (Operation& operation : operations()) {
    out.push_back({.operation = std::move(operation),
                   .who = "Pat <pat@example.org>",
                   .started = WallTime(std::chrono::seconds(1'767'225'600)),
                   .updated = WallTime(std::chrono::seconds(1'767'225'660))});
  }
  out.pop_back();
  std::ranges::reverse(out);
  out.front().cancelled =
      Deed{"Kim <kim@example.org>", WallTime(std::chrono::seconds(1'767'225'650)), "wrong version"};
  return out;
}

std::vector<GivenRecord> given() {
  const GivenEntry entry{.generation = 3,
                         .version = *Version::parse("1.2.0"),
                         .revision = {},
                         .image = {*ImageRepository::parse("registry.example/shop"), digest('1')},
                         .own_fingerprint = {},
                         .effective_fingerprint = {},
                         .given = {},
                         .outcome = Outcome::failed,
                         .outcome_reason = "instance 0 exited with 1"};
  GivenRecord held{.deployment = shop_in("left"),
                   .entries = {entry},
                   .last_succeeded = {},
                   .hold = Hold{.held = {"Pat <pat@example.org>",
                                         WallTime(std::chrono::seconds(1'767'225'600)),
                                         "the database is being moved"},
                                .until = WallTime(std::chrono::seconds(1'767'232'800))},
                   .removed = {},
                   .adopted_id = {}};
  GivenRecord free = held;
  free.deployment = shop_in("right");
  free.hold.reset();
  free.entries.front().outcome = Outcome::succeeded;
  free.entries.front().outcome_reason.clear();
  return {held, free};
}

app::AdsReport ads() {
  ObservedDeployment healthy{.id = shop_in("left"),
                             .gdm_id = "id",
                             .generation = 1,
                             .scheduler_id = "sous-shop-1",
                             .source = shop_version("1.2.0"),
                             .revision = revision('a'),
                             .asked = image('1'),
                             .running = digest('1'),
                             .effective_fingerprint = {},
                             .health = Health::healthy,
                             .instances = 2,
                             .addresses = {"127.0.0.1:20001", "127.0.0.1:20002"},
                             .since = at(3),
                             .message = {},
                             .last_log_lines = {},
                             .link = "http://left.example/shop"};
  ObservedDeployment strange{.id = flavored_in("right"),
                             .gdm_id = {},
                             .source = {},
                             .revision = {},
                             .asked = {},
                             .running = digest('2'),
                             .health = Health::unknown,
                             .since = {}};
  return {.deployments = {{healthy, digest('1'), {}},
                          {strange, std::nullopt, {"it carries no GDM's id"}}},
          .seen = {{.cluster = cluster("left"),
                    .completeness = Completeness::complete(),
                    .observed_at = at(9),
                    .deployments = {}},
                   {.cluster = cluster("right"),
                    .completeness = Completeness::partial("one container is damaged", {"x"}),
                    .observed_at = at(9),
                    .deployments = {}}},
          .silent = silent_clusters()};
}

std::vector<app::IntendedDeployment> intended() {
  Deployment one{.id = shop_in("left"), .owners = {"pat@example.com", "team@example.com"}};
  one.spec.version = *Version::parse("1.2");
  one.spec.num_instances = 2;
  Deployment two{.id = flavored_in("right"), .kind = Kind::worker};
  return {{one, digest('1'), digest('1')}, {two, std::nullopt, std::nullopt}};
}

Definitions definitions() {
  Definitions out;
  out.clusters[cluster("left")] = {.name = cluster("left"),
                                   .kind = "podman",
                                   .base_url = "unix:///run/podman/podman.sock",
                                   .allowed_advisories = {KnownAdvisory::ephemeral_tag},
                                   .registry = "mirror.example",
                                   .machine_id = "0123456789abcdef0123456789abcdef"};
  out.clusters[cluster("right")] = {
      .name = cluster("right"), .kind = "singularity", .base_url = "https://singularity.example"};
  return out;
}

std::vector<ScanRecord> scans() {
  return {{.repository = repository(),
           .started_at = at(0),
           .finished_at = at(1),
           .completeness = Completeness::complete(),
           .tags = 120,
           .requests = 3,
           .saved = 219},
          {.repository = mirror(),
           .started_at = at(0),
           .finished_at = at(2),
           .completeness = Completeness::partial("429 from the registry", {"mirror.example/x:1"}),
           .tags = 7,
           .requests = 9}};
}

app::VerifyReport index_verification() {
  const auto tag = [](std::string_view text) { return ImageTag::parse(text).value(); };
  return {.tags = 12,
          .images = 10,
          .contradictions = {{{repository(), digest('1')}, {"labels", "created"}}},
          .moved = {{repository(), tag("latest"), digest('2'), digest('3')},
                    {repository(), tag("1.2.0"), digest('2'), std::nullopt}},
          .gone = {{mirror(), digest('4')}},
          .completeness = Completeness::partial("429 from the registry", {"mirror.example/x:1"}),
          .requests = 25};
}

std::vector<app::Finding> findings() {
  using State = app::Finding::State;
  return {{"git", State::good, "works; /src is a checkout", {}},
          {"registry", State::doubtful, "it refuses us", "log in: `podman login registry.example`"},
          {"cluster left", State::bad, "nobody listens", "start podman's service"}};
}

app::SourceReading reading() {
  return {.facts = {.root = "/src", .head = revision('a'), .branch = "main"},
          .context = {.source = shop_version("1.2.0"),
                      .revision = revision('a'),
                      .tag = "v1.2.0",
                      .advisories = {KnownAdvisory::ephemeral_tag},
                      .notes = {"the remote did not answer, so the tag counts as ephemeral"},
                      .remote_url = "https://github.com/example/shop.git"}};
}

Error error() {
  return Error(Code::invalid_data, "manifest is not what it should be")
      .with("reading the GDM")
      .detailed({"manifests/x.yaml:3:1: unknown field", "manifests/x.yaml:9:5: no number"})
      .hinted("correct it with `sous manifest edit`");
}

}  // namespace sous::golden
