#include "cli/settings.h"

#include <gtest/gtest.h>

#include "cli/session.h"

namespace sous::cli {
namespace {

struct Sources {
  Environment environment{
      .arguments = {}, .directory = "/checkout", .variables = {{"HOME", "/home/pat"}}};
  Arguments flags;
  std::optional<std::string> text;

  Result<Settings> resolve() const {
    return Settings::resolve({.environment = environment,
                              .flags = flags,
                              .file_path = "/home/pat/.config/sous/config.yaml",
                              .file_text = text});
  }
};

std::string origin_of(const Settings& settings, std::string_view key) {
  for (const auto& setting : settings.all()) {
    if (setting.key == key) {
      return setting.origin;
    }
  }
  return "no such key";
}

TEST(Settings, AFlagBeatsTheEnvironmentAndThatTheFile) {
  Sources sources;
  sources.text = "registry: file.example\n";
  auto settings = sources.resolve();
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->value("registry"), "file.example");
  EXPECT_EQ(origin_of(*settings, "registry"), "/home/pat/.config/sous/config.yaml");
  sources.environment.variables["SOUS_REGISTRY"] = "environment.example";
  settings = sources.resolve();
  EXPECT_EQ(settings->value("registry"), "environment.example");
  EXPECT_EQ(origin_of(*settings, "registry"), "SOUS_REGISTRY");
  sources.flags.add_flag("registry", "flag.example");
  settings = sources.resolve();
  EXPECT_EQ(settings->value("registry"), "flag.example");
  EXPECT_EQ(origin_of(*settings, "registry"), "flag -registry");
}

TEST(Settings, DefaultsFollowTheBaseDirectories) {
  Sources sources;
  auto settings = sources.resolve();
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->gdm(), "/home/pat/.local/share/sous/gdm/local");
  EXPECT_EQ(settings->index(), "/home/pat/.cache/sous");
  EXPECT_EQ(settings->podman_socket(), "/run/podman/podman.sock");
  sources.environment.variables["XDG_DATA_HOME"] = "/data";
  sources.environment.variables["XDG_CACHE_HOME"] = "not/absolute";
  sources.environment.variables["XDG_RUNTIME_DIR"] = "/run/user/7";
  settings = sources.resolve();
  EXPECT_EQ(settings->gdm(), "/data/sous/gdm/local");
  EXPECT_EQ(settings->index(), "/home/pat/.cache/sous");
  EXPECT_EQ(settings->podman_socket(), "/run/user/7/podman/podman.sock");
}

TEST(Settings, WithoutARegistryTheErrorNamesTheWaysToSetIt) {
  const auto settings = Sources{}.resolve();
  ASSERT_TRUE(settings);
  const auto registry = settings->registry();
  ASSERT_FALSE(registry);
  EXPECT_EQ(exit_status(registry.error().code()), 64);
  EXPECT_NE(registry.error().hint().find("sous config registry HOST"), std::string::npos);
  EXPECT_NE(registry.error().hint().find("SOUS_REGISTRY"), std::string::npos);
}

TEST(Settings, UnknownKeysAreToldWithTheirPlaceAndTheNearestName) {
  Sources sources;
  sources.text = "# mine\nregistri: x\n";
  const auto settings = sources.resolve();
  ASSERT_TRUE(settings) << settings.error().text();
  ASSERT_EQ(settings->problems().size(), 1U);
  EXPECT_EQ(settings->problems().front(),
            "/home/pat/.config/sous/config.yaml:2:1: unknown key \"registri\" (is it registry?)");
}

TEST(Settings, AFileThatIsNoMappingIsRefused) {
  for (const auto* text : {"- a\n", "just text\n", "registry: {a: b}\n", "a: [\n"}) {
    Sources sources;
    sources.text = text;
    const auto settings = sources.resolve();
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code(), Code::invalid_data) << text;
  }
}

TEST(Settings, HostsWithoutTlsAreAListOrOneText) {
  for (const auto* text :
       {"plain_http: [a.example, 'b.example:5000']\n", "plain_http: a.example, b.example:5000\n"}) {
    Sources sources;
    sources.text = text;
    const auto settings = sources.resolve();
    ASSERT_TRUE(settings) << settings.error().text();
    EXPECT_EQ(settings->plain_http(), (std::vector<std::string>{"a.example", "b.example:5000"}));
  }
}

TEST(Settings, MirrorsArePairsInTheirOrder) {
  for (const auto* text : {"mirrors: [docker.io=m.example/hub, docker.io = n.example:5000]\n",
                           "mirrors: docker.io=m.example/hub,docker.io=n.example:5000\n"}) {
    Sources sources;
    sources.text = text;
    const auto mirrors = sources.resolve()->mirrors();
    ASSERT_TRUE(mirrors) << mirrors.error().text();
    EXPECT_EQ(*mirrors,
              (std::vector<MirrorPair>{{{"docker.io", ""}, {"m.example", "hub"}},
                                       {{"docker.io", ""}, {"n.example:5000", ""}}}));
  }
  for (const auto* text : {"mirrors: m.example\n", "mirrors: a=http://b\n", "mirrors: '=b'\n"}) {
    Sources sources;
    sources.text = text;
    const auto mirrors = sources.resolve()->mirrors();
    ASSERT_FALSE(mirrors) << text;
    EXPECT_EQ(mirrors.error().code(), Code::usage) << text;
    EXPECT_NE(mirrors.error().text().find("setting mirrors"), std::string::npos) << text;
  }
}

TEST(Settings, GitsUserStandsInOnlyWhereNothingElseNamesOne) {
  Sources sources;
  auto settings = sources.resolve();
  ASSERT_TRUE(settings);
  settings->set_fallback_user("Git Person <git@example.com>", "git");
  EXPECT_EQ(settings->user()->name, "Git Person");
  EXPECT_EQ(origin_of(*settings, "user"), "git");
  sources.environment.variables["SOUS_USER"] = "Pat <pat@example.com>";
  settings = sources.resolve();
  settings->set_fallback_user("Git Person <git@example.com>", "git");
  EXPECT_EQ(settings->user()->email, "pat@example.com");
}

TEST(Settings, AnAuthorHasANameAndAnAddress) {
  const auto author = parse_author("Pat Person <pat@example.com>");
  ASSERT_TRUE(author) << author.error().text();
  EXPECT_EQ(author->name, "Pat Person");
  EXPECT_EQ(author->email, "pat@example.com");
  for (const auto* text : {"", "Pat", "<pat@example.com>", "Pat <>", "Pat <a b>", "P <a> <b>"}) {
    EXPECT_FALSE(parse_author(text)) << text;
  }
}

TEST(Settings, TheFileIsWhereTheFlagOrTheBaseDirectorySays) {
  Sources sources;
  EXPECT_EQ(*config_path(sources.environment, sources.flags), "/home/pat/.config/sous/config.yaml");
  sources.flags.add_flag("config", "own.yaml");
  EXPECT_EQ(*config_path(sources.environment, sources.flags), "/checkout/own.yaml");
  Environment nowhere;
  const auto path = config_path(nowhere, Arguments{});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code(), Code::usage);
}

TEST(Durations, AreSecondsMinutesOrHours) {
  EXPECT_EQ(*parse_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("90s"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("5m"), std::chrono::minutes(5));
  EXPECT_EQ(*parse_duration("2h"), std::chrono::hours(2));
  for (const auto* text : {"", "s", "0", "-1", "5x", "1.5m", "99999999999999999999", "9999999h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace sous::cli
