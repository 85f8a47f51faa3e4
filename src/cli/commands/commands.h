#pragma once

#include "cli/command.h"

/// One maker per command; all_commands() calls each once.
namespace sous::cli {

CommandSpec apply_command();
CommandSpec artifact_add_command();
CommandSpec artifact_get_command();
CommandSpec artifact_list_command();
CommandSpec artifact_restore_command();
CommandSpec artifact_withdraw_command();
CommandSpec build_command();
CommandSpec cluster_add_command();
CommandSpec cluster_list_command();
CommandSpec cluster_remove_command();
CommandSpec cluster_set_command();
CommandSpec completion_command();
CommandSpec config_command();
CommandSpec context_command();
CommandSpec deploy_command();
CommandSpec doctor_command();
CommandSpec help_command();
CommandSpec history_command();
CommandSpec hold_command();
CommandSpec index_scan_command();
CommandSpec index_status_command();
CommandSpec index_verify_command();
CommandSpec init_command();
CommandSpec lock_list_command();
CommandSpec lock_show_command();
CommandSpec lock_supersede_command();
CommandSpec manifest_delete_command();
CommandSpec manifest_edit_command();
CommandSpec manifest_get_command();
CommandSpec manifest_set_command();
CommandSpec metadata_get_command();
CommandSpec metadata_set_command();
CommandSpec operations_cancel_command();
CommandSpec operations_list_command();
CommandSpec operations_show_command();
CommandSpec plan_command();
CommandSpec query_ads_command();
CommandSpec query_artifacts_command();
CommandSpec query_clusters_command();
CommandSpec query_gdm_command();
CommandSpec rectify_command();
CommandSpec release_command();
CommandSpec retry_command();
CommandSpec rollback_command();
CommandSpec scale_command();
CommandSpec status_command();
CommandSpec update_command();
CommandSpec version_command();
CommandSpec why_command();

}  // namespace sous::cli
