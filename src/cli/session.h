#pragma once

#include <stop_token>
#include <string>

#include "app/node.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/settings.h"
#include "cli/wiring.h"
#include "ports/call.h"

namespace sous::cli {

/// What a command works with.
class Session {
 public:
  Session(const Arguments& arguments,
          const Environment& environment,
          Settings settings,
          Wiring& wiring,
          Output& output,
          std::stop_token stop)
      : arguments_(arguments),
        environment_(environment),
        settings_(std::move(settings)),
        wiring_(wiring),
        output_(output),
        stop_(std::move(stop)) {}

  const Arguments& arguments() const noexcept { return arguments_; }

  const Environment& environment() const noexcept { return environment_; }

  const Settings& settings() const noexcept { return settings_; }

  /// The settings with the user that git knows where nothing else names one.
  const Settings& settings_with_user();

  Wiring& wiring() noexcept { return wiring_; }

  Output& output() noexcept { return output_; }

  const Style& style() const noexcept { return output_.style(); }

  /// The parts, for a command that only reads the GDM and this machine. The first call completes
  /// the builds that wait for the GDM here, and tells what became of them.
  Result<app::Node*> node();
  /// The same for one that looks for images: a registry must be configured.
  Result<app::Node*> node_with_registry();
  /// The same for one that writes records: the user must be known.
  Result<app::Node*> node_that_writes();
  Result<app::Node*> node_with_registry_that_writes();

  /// A call that ends with `-timeout`, else after `limit`. Fails with usage for a bad flag.
  Result<Call> call(app::Node& node, Duration limit = std::chrono::minutes(2)) const;

  /// A path of the command line as an absolute one.
  std::string absolute(const std::string& path) const;

 private:
  /// What was kept while the GDM's remote was away, edits and builds, is completed by the next
  /// command.
  void complete_kept_edits(app::Node& node);
  void finish_pending_builds(app::Node& node);

  const Arguments& arguments_;
  const Environment& environment_;
  Settings settings_;
  Wiring& wiring_;
  Output& output_;
  std::stop_token stop_;
  bool looked_for_kept_ = false;
};

/// Reads `90s`, `5m`, `1h` or seconds. Fails with invalid_data.
Result<Duration> parse_duration(std::string_view text);

}  // namespace sous::cli
