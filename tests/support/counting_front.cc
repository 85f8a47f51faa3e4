#include "support/counting_front.h"

#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "support/await.h"
#include "support/docker_registry.h"
#include "support/free_port.h"
#include "support/podman_service.h"

namespace sous::support {
namespace {

constexpr int kTries = 5;  // another program may take the port first

std::string config(const std::string& directory,
                   const std::string& host,
                   const std::string& upstream,
                   const CountingFront::Faults& faults) {
  const std::string pass =
      fmt::format("proxy_pass http://{}; proxy_set_header Host $http_host;", upstream);
  std::string refusals;
  for (const auto& part : faults.broken) {
    refusals += fmt::format("    location ~ \"{}\" {{ return 500; }}\n", part);
  }
  for (const auto& part : faults.read_only) {
    refusals += fmt::format(
        "    location ~ \"{}\" {{ limit_except GET {{ deny all; }} {} }}\n", part, pass);
  }
  std::string temporary;
  for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += fmt::format("  {0}_temp_path {1}/{0};\n", kind, directory);
  }
  return fmt::format(
      "daemon off;\nmaster_process off;\npid {0}/nginx.pid;\nerror_log {0}/error.log;\n"
      "events {{}}\n"
      "http {{\n{1}"
      "  log_format plain '$request_method $request_uri';\n"
      "  access_log {0}/requests.log plain;\n"
      "  client_max_body_size 0;\n"
      "  server {{\n"
      "    listen {2};\n"
      "    location = /mark {{ return 204; }}\n"
      "{3}"
      "    location / {{ {4} }}\n"
      "  }}\n}}\n",
      directory,
      temporary,
      host,
      refusals,
      pass);
}

}  // namespace

CountingFront::CountingFront(const std::string& upstream, const Faults& faults) {
  for (int i = 0; i < kTries; ++i) {
    const unsigned port = free_port();
    host_ = fmt::format("127.0.0.1:{}", port);
    write_file(directory_ / "nginx.conf", config(directory_.path(), host_, upstream, faults));
    program_ = std::make_unique<BackgroundProcess>(
        std::vector<std::string>{
            "nginx", "-e", directory_ / "error.log", "-c", directory_ / "nginx.conf"},
        std::map<std::string, std::string>{},
        directory_ / "nginx.log");
    const bool settled = await([&] { return is_listening(port) || !program_->is_running(); });
    if (settled && program_->is_running()) {
      return;
    }
  }
  throw std::runtime_error("nginx does not start: " + read_file(directory_ / "nginx.log"));
}

std::vector<std::string> CountingFront::requests() {
  const std::string mark = fmt::format("/mark?{}", told_);
  run_program({"curl", "-sS", "--fail", "-o", "/dev/null", "http://" + host_ + mark});
  std::vector<std::string> out;
  const bool marked = await([&] {
    const std::string log = read_file(directory_ / "requests.log");
    out.clear();
    std::size_t line_number = 0;
    for (const std::string_view line : split(log, '\n')) {
      if (line_number++ >= told_ && !line.empty()) {
        out.emplace_back(line);
      }
    }
    return !out.empty() && out.back() == "GET " + mark;
  });
  if (!marked) {
    throw std::runtime_error("nginx logs nothing");
  }
  told_ += out.size();
  out.pop_back();
  return out;
}

}  // namespace sous::support
