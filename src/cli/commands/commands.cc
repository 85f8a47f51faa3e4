#include "cli/commands/commands.h"

#include <algorithm>

#include "cli/settings.h"

namespace sous::cli {

const std::vector<CommandSpec>& all_commands() {
  static const std::vector<CommandSpec> kCommands{
      init_command(),
      context_command(),
      status_command(),
      build_command(),
      deploy_command(),
      update_command(),
      scale_command(),
      manifest_get_command(),
      manifest_set_command(),
      manifest_edit_command(),
      manifest_delete_command(),
      metadata_get_command(),
      metadata_set_command(),
      plan_command(),
      apply_command(),
      rectify_command(),
      rollback_command(),
      hold_command(),
      release_command(),
      retry_command(),
      operations_list_command(),
      operations_show_command(),
      operations_cancel_command(),
      why_command(),
      query_ads_command(),
      query_gdm_command(),
      query_clusters_command(),
      query_artifacts_command(),
      artifact_list_command(),
      artifact_get_command(),
      artifact_add_command(),
      artifact_withdraw_command(),
      artifact_restore_command(),
      lock_list_command(),
      lock_show_command(),
      lock_supersede_command(),
      history_command(),
      cluster_list_command(),
      cluster_add_command(),
      cluster_set_command(),
      cluster_remove_command(),
      index_scan_command(),
      index_status_command(),
      index_verify_command(),
      doctor_command(),
      config_command(),
      completion_command(),
      help_command(),
      version_command(),
  };
  return kCommands;
}

const std::vector<FlagSpec>& global_flags() {
  static const std::vector<FlagSpec> kFlags = [] {
    std::vector<FlagSpec> out{
        {.name = "output",
         .value = "FORM",
         .help = "table, json or yaml",
         .letter = 'o',
         .choices = {"table", "json", "yaml"}},
        {.name = "silent", .help = "say nothing but errors", .letter = 's'},
        {.name = "quiet", .help = "no progress", .letter = 'q'},
        {.name = "verbose", .help = "tell details", .letter = 'v'},
        {.name = "debug", .help = "tell everything, for developers", .letter = 'd'},
        {.name = "timeout", .value = "TIME", .help = "give up waiting after this long: 90s, 5m"},
        {.name = "config", .value = "FILE", .help = "the configuration file"},
    };
    for (const SettingKey& key : setting_keys()) {
      out.push_back(
          {.name = flag_of(key), .value = std::string(key.value), .help = std::string(key.help)});
    }
    return out;
  }();
  return kFlags;
}

const CommandSpec* find_command(std::string_view path) {
  const auto& commands = all_commands();
  const auto found = std::ranges::find(commands, path, &CommandSpec::path);
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace sous::cli
