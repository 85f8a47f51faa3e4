#pragma once

#include <array>
#include <cstddef>
#include <string>

/// A GDM of many services, for measurements: each manifest is about 2 KB with three clusters, and
/// for each of them three resources, six variables, one volume and a start-up block.
namespace sous::support {

inline std::string generated_manifest_path(std::size_t number) {
  return "manifests/github.com/team" + std::to_string(number % 100) + "/service" +
         std::to_string(number) + ".yaml";
}

inline std::string generated_manifest(std::size_t number) {
  const std::string n = std::to_string(number);
  std::string out = "Source: github.com/team" + std::to_string(number % 100) + "/service" + n +
                    "\nOwners:\n- team" + n + "@example.com\nKind: http-service\nDeployments:\n";
  for (const auto* cluster : {"east", "north", "west"}) {
    out += std::string("  ") + cluster + ":\n";
    out += "    Resources:\n      cpus: \"0.5\"\n      memory: \"512\"\n      ports: \"1\"\n";
    out += "    Env:\n      SERVICE_NAME: service" + n + "\n      LOG_LEVEL: info\n" +
           "      DATABASE_URL: postgres://db.example.com/service" + n + "\n" +
           "      CACHE_SIZE: \"1024\"\n      FEATURE_FLAGS: one,two,three\n" +
           "      REGION: " + cluster + "\n";
    out += "    NumInstances: 3\n    Volumes:\n    - Host: /var/data/service" + n +
           "\n      Container: /data\n      Mode: RO\n";
    out +=
        "    Startup:\n      ConnectDelay: 10\n      Timeout: 60\n      ConnectInterval: 1\n"
        "      CheckReadyProtocol: HTTP\n      CheckReadyURIPath: /health\n"
        "      CheckReadyURITimeout: 5\n      CheckReadyInterval: 1\n"
        "      CheckReadyRetries: 120\n";
    out += "    Version: 1." + std::to_string(number % 50) + ".0\n";
  }
  return out;
}

inline std::string generated_definitions() {
  std::string out = "Clusters:\n";
  for (const auto* cluster : {"east", "north", "west"}) {
    out += std::string("  ") + cluster + ":\n    Kind: podman\n    BaseURL: unix:///" + cluster +
           ".sock\n";
  }
  return out;
}

}  // namespace sous::support
