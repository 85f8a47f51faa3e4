// What every Credentials keeps: the fake, the files of `podman login`, a credential helper.

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/credentials_docker/docker_credentials.h"
#include "adapters/files_posix/file_system.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "base/base64.h"
#include "support/fake_credentials.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

class World {
 public:
  virtual ~World() = default;

  virtual Credentials& credentials() = 0;
  // What `podman login` does.
  virtual void log_in(const std::string& host,
                      const std::string& user,
                      const std::string& password) = 0;
};

class FakeWorld final : public World {
 public:
  Credentials& credentials() override { return credentials_; }

  void log_in(const std::string& host,
              const std::string& user,
              const std::string& password) override {
    credentials_.set(host, user, password);
  }

 private:
  support::FakeCredentials credentials_;
};

class FileWorld : public World {
 public:
  Credentials& credentials() override { return credentials_; }

  void log_in(const std::string& host,
              const std::string& user,
              const std::string& password) override {
    const std::string comma = logins_.empty() ? "" : ",";
    logins_ +=
        fmt::format(R"({}"{}":{{"auth":"{}"}})", comma, host, to_base64(user + ":" + password));
    support::write_file(file(), fmt::format(R"({{"auths":{{{}}}}})", logins_));
  }

 protected:
  std::string file() const { return directory_ / "auth.json"; }

  const support::TempDir& directory() const { return directory_; }

 private:
  support::TempDir directory_;
  std::string logins_;
  system_posix::SystemClock clock_;
  files_posix::PosixFileSystem files_{clock_, directory_.path()};
  process_posix::PosixProcessRunner processes_{clock_};
  credentials_docker::DockerCredentials credentials_{{file()}, files_, processes_};
};

// A helper is a program: this one looks for a file named after the host.
class HelperWorld final : public FileWorld {
 public:
  HelperWorld() {
    const std::string program = directory() / "docker-credential-soustest";
    support::write_file(
        program,
        fmt::format("#!/bin/sh\nread -r host\ncat '{}/'\"$host\" 2>/dev/null && exit\n"
                    "echo 'credentials not found in native keychain'\nexit 1\n",
                    directory().path()));
    EXPECT_EQ(::chmod(program.c_str(), 0700), 0);
    support::write_file(file(), R"({"credsStore":"soustest"})");
    EXPECT_EQ(::setenv("PATH", (directory().path() + ":" + path_).c_str(), 1), 0);
  }

  ~HelperWorld() override { EXPECT_EQ(::setenv("PATH", path_.c_str(), 1), 0); }

  void log_in(const std::string& host,
              const std::string& user,
              const std::string& password) override {
    support::write_file(directory() / host,
                        fmt::format(R"({{"Username":"{}","Secret":"{}"}})", user, password));
  }

 private:
  std::string path_ = ::getenv("PATH");
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class CredentialsContract : public ::testing::TestWithParam<Factory> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
  Call call_;
};

TEST_P(CredentialsContract, nothing_is_stored_at_first) {
  const auto found = world_->credentials().find("a.example", "app", call_);
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_FALSE(found->credential.has_value());
}

TEST_P(CredentialsContract, a_login_counts_at_once_and_for_its_host_alone) {
  ASSERT_TRUE(world_->credentials().find("a.example", "app", call_).has_value());
  world_->log_in("a.example", "ann", "first secret");
  world_->log_in("b.example:5000", "bob", "second");
  const auto ann = world_->credentials().find("a.example", "team/app", call_);
  ASSERT_TRUE(ann.has_value() && ann->credential);
  EXPECT_EQ(ann->credential->user, "ann");
  EXPECT_EQ(ann->credential->password.reveal(), "first secret");
  EXPECT_TRUE(ann->whole_host);
  const auto bob = world_->credentials().find("b.example:5000", "app", call_);
  ASSERT_TRUE(bob.has_value() && bob->credential);
  EXPECT_EQ(bob->credential->user, "bob");
  for (const std::string other : {"b.example", "a.example:5000", "x.a.example", "example"}) {
    const auto none = world_->credentials().find(other, "app", call_);
    ASSERT_TRUE(none.has_value()) << other << ": " << none.error().text();
    EXPECT_FALSE(none->credential.has_value()) << other;
  }
}

INSTANTIATE_TEST_SUITE_P(
    all,
    CredentialsContract,
    ::testing::Values(Factory{"fake", [] { return std::make_unique<FakeWorld>(); }},
                      Factory{"files", [] { return std::make_unique<FileWorld>(); }},
                      Factory{"helper", [] { return std::make_unique<HelperWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sous
