#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "support/singularity_sim/simulator.h"

namespace sous::singularity_sim {

/// Equal as structures: order of members does not matter, numbers by value.
inline bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) {
    return a.to_number<double>() == b.to_number<double>();
  }
  if (a.is_object() && b.is_object()) {
    if (a.get_object().size() != b.get_object().size()) {
      return false;
    }
    for (const auto& [key, value] : a.get_object()) {
      const auto* other = b.get_object().if_contains(key);
      if (other == nullptr || !same(value, *other)) {
        return false;
      }
    }
    return true;
  }
  if (a.is_array() && b.is_array()) {
    if (a.get_array().size() != b.get_array().size()) {
      return false;
    }
    for (std::size_t i = 0; i < a.get_array().size(); ++i) {
      if (!same(a.get_array()[i], b.get_array()[i])) {
        return false;
      }
    }
    return true;
  }
  return a == b;
}

inline void expect_same(const json::value& seen, std::string_view wanted) {
  const json::value expected = json::parse({wanted.data(), wanted.size()});
  EXPECT_TRUE(same(seen, expected))
      << "seen:   " << json::serialize(seen) << "\nwanted: " << json::serialize(expected);
}

struct Reply {
  int status = 0;
  std::string type;
  std::string text;

  json::value value() const { return json::parse(text); }
};

class SimTest : public testing::Test {
 protected:
  explicit SimTest(Settings settings = {}) : sim_(std::move(settings)) {}

  Reply call(const std::string& method, const std::string& path, const std::string& body = "") {
    support::SeenRequest request{.method = method,
                                 .target = "/singularity/api" + path,
                                 .headers = {{"Content-Type", "application/json"}},
                                 .body = body};
    const auto answer = sim_.answer(request);
    Reply reply{.status = answer.status, .type = {}, .text = answer.body};
    for (const auto& [name, value] : answer.headers) {
      reply.type = name == "Content-Type" ? value : reply.type;
    }
    return reply;
  }

  Reply get(const std::string& path) { return call("GET", path); }

  Reply post(const std::string& path, const std::string& body = "") {
    return call("POST", path, body);
  }

  void pass(std::int64_t seconds) { sim_.advance(std::chrono::seconds(seconds)); }

  static std::string service(const std::string& id, int instances = 1) {
    return json::serialize(json::object{{"id", id},
                                        {"requestType", "SERVICE"},
                                        {"instances", instances},
                                        {"owners", json::array{"mill@example.test"}}});
  }

  static std::string deploy(const std::string& request,
                            const std::string& id,
                            const std::string& image = "hub.example.test/mill@sha256:00") {
    return json::serialize(json::object{
        {"deploy",
         json::object{
             {"requestId", request},
             {"id", id},
             {"containerInfo",
              json::object{{"type", "DOCKER"},
                           {"docker", json::object{{"image", image}, {"network", "bridge"}}}}},
             {"resources", json::object{{"cpus", 1}, {"memoryMb", 64}, {"numPorts", 1}}},
             {"metadata", json::object{{"who", "us"}}},
             {"healthcheck",
              json::object{{"uri", "/up"}, {"intervalSeconds", 1}, {"maxRetries", 2}}}}},
        {"message", "roll"}});
  }

  std::string state_of(const std::string& id) {
    return std::string(get("/requests/request/" + id).value().at("state").as_string());
  }

  json::value result_of(const std::string& request, const std::string& deploy_id) {
    const auto entry = get("/history/request/" + request + "/deploy/" + deploy_id).value();
    const auto* result = entry.as_object().if_contains("deployResult");
    return result != nullptr ? *result : json::value();
  }

  std::string outcome_of(const std::string& request, const std::string& deploy_id) {
    const json::value result = result_of(request, deploy_id);
    return result.is_null() ? "" : std::string(result.at("deployState").as_string());
  }

  std::string active_of(const std::string& request) {
    const auto parent = get("/requests/request/" + request).value();
    const auto* state = parent.as_object().if_contains("requestDeployState");
    const auto* active =
        state != nullptr ? state->as_object().if_contains("activeDeploy") : nullptr;
    return active != nullptr ? std::string(active->at("deployId").as_string()) : "";
  }

  void run(const std::string& request, const std::string& deploy_id) {
    ASSERT_EQ(post("/requests", service(request)).status, 200);
    ASSERT_EQ(post("/deploys", deploy(request, deploy_id)).status, 200);
    pass(20);
    ASSERT_EQ(outcome_of(request, deploy_id), "SUCCEEDED");
  }

  Simulator sim_;
};

}  // namespace sous::singularity_sim
