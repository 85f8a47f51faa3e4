#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/events_spdlog/line_events.h"
#include "cli/wiring.h"
#include "parts.h"

namespace sous::apps {

/// The command line's connection to this process and to the parts.
class ProcessWiring final : public cli::Wiring {
 public:
  /// `environment` must outlive this object.
  explicit ProcessWiring(const cli::Environment& environment) : environment_(environment) {}

  void out(std::string_view bytes) override;
  void err(std::string_view bytes) override;
  void set_verbosity(cli::Verbosity verbosity) override;
  Result<std::optional<std::string>> read_file(const std::string& path) override;
  Status write_file(const std::string& path, std::string_view text) override;
  Result<std::string> read_input(std::uint64_t max_bytes) override;
  std::optional<std::string> read_line() override;
  Result<int> run_on_terminal(const std::vector<std::string>& argv) override;
  std::optional<std::string> git_user() override;
  Result<app::Node*> node(const cli::Settings& settings) override;

 private:
  const cli::Environment& environment_;
  events_spdlog::LineEvents events_{stderr};
  std::unique_ptr<Parts> parts_;
};

}  // namespace sous::apps
