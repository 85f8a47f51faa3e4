#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http_curl/curl_http_client.h"
#include "adapters/registry_oci/oci_registry.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "support/fake_clock.h"
#include "support/fake_credentials.h"
#include "support/fake_event_sink.h"
#include "support/fake_http_client.h"
#include "support/fake_rng.h"
#include "support/scripted_http.h"

namespace sous::wire {

using support::HttpScript;
using support::ScriptedAnswer;
using support::ScriptedHttp;
using support::SeenRequest;

inline constexpr const char* kImageType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kJson = "application/json";

inline ImageTag tag(const std::string& text) { return ImageTag::parse(text).value(); }

inline std::string manifest_text(const std::string& content = "x") {
  return fmt::format(
      R"({{"schemaVersion":2,"mediaType":"{}","config":{{}},"layers":[],"note":"{}"}})",
      kImageType,
      content);
}

inline ScriptedAnswer manifest_answer(const std::string& body,
                                      const std::string& type = kImageType) {
  return {
      .headers = {{"Content-Type", type}, {"Docker-Content-Digest", Digest::sha256_of(body).str()}},
      .body = body};
}

inline ScriptedAnswer json_answer(const std::string& body) {
  return {.headers = {{"Content-Type", kJson}}, .body = body};
}

inline ScriptedAnswer tags_answer(const std::vector<std::string>& tags,
                                  const std::string& link = "") {
  std::string list;
  for (const auto& name : tags) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", name);
  }
  auto answer = json_answer(fmt::format(R"({{"name":"app","tags":[{}]}})", list));
  if (!link.empty()) {
    answer.headers.emplace_back("Link", link);
  }
  return answer;
}

inline ScriptedAnswer status_answer(int status, Headers headers = {}, std::string body = "") {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

inline std::vector<std::string> texts(const TagList& list) {
  std::vector<std::string> out;
  for (const auto& item : list.tags) {
    out.push_back(item.str());
  }
  return out;
}

/// Our client, over real sockets, against scripted servers on loopback addresses. Waiting takes no
/// real time: `clock_` is the registry's, the sockets have the machine's.
class RegistryWire : public testing::Test {
 protected:
  ScriptedHttp& serve(HttpScript script) {
    server_ = std::make_unique<ScriptedHttp>(std::move(script));
    return *server_;
  }

  /// Another host: another loopback address.
  std::unique_ptr<ScriptedHttp> elsewhere(HttpScript script) {
    return std::make_unique<ScriptedHttp>(std::move(script),
                                          ScriptedHttp::Options{.address = "127.0.0.2"});
  }

  registry_oci::OciRegistry& registry() {
    if (!registry_) {
      registry_ = std::make_unique<registry_oci::OciRegistry>(
          config_, http_, credentials_, clock_, rng_, executor_, events_);
    }
    return *registry_;
  }

  ImageRepository repo(const std::string& path = "app") { return {server_->host(), path}; }

  Result<TagList> list() { return registry().list_tags(repo(), call_); }

  Result<Digest> resolve(const std::string& name) {
    return registry().resolve(repo(), tag(name), call_);
  }

  Result<RawManifest> manifest(const ManifestKey& key) {
    return registry().manifest(repo(), key, call_);
  }

  support::FakeClock clock_;
  system_posix::SystemClock real_clock_;
  support::FakeRng rng_;
  support::FakeCredentials credentials_;
  support::FakeEventSink events_;
  system_posix::ThreadExecutor executor_{events_};
  std::unique_ptr<ScriptedHttp> server_;
  http_curl::CurlHttpClient http_{http_curl::CurlConfig{}, real_clock_};
  registry_oci::OciConfig config_;
  std::unique_ptr<registry_oci::OciRegistry> registry_;
  Call call_;
};

/// Our client with hosts that are not on this machine, in memory.
class RegistryFar : public testing::Test {
 protected:
  registry_oci::OciRegistry& registry() {
    if (!registry_) {
      registry_ = std::make_unique<registry_oci::OciRegistry>(
          config_, http_, credentials_, clock_, rng_, executor_, events_);
    }
    return *registry_;
  }

  void serve(const std::string& host, HttpScript script, AddressKind kind = AddressKind::global) {
    http_.serve("https://" + host, std::move(script));
    http_.set_peer("https://" + host, kind);
  }

  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const auto& request : http_.seen()) {
      out.push_back(request.line());
    }
    return out;
  }

  support::FakeClock clock_;
  support::FakeHttpClient http_{clock_};
  support::FakeRng rng_;
  support::FakeCredentials credentials_;
  support::FakeEventSink events_;
  system_posix::ThreadExecutor executor_{events_};
  registry_oci::OciConfig config_;
  std::unique_ptr<registry_oci::OciRegistry> registry_;
  Call call_;
  ImageRepository repo_{"registry.example.com", "team/app"};
};

}  // namespace sous::wire
