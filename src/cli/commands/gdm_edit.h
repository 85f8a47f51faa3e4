#pragma once

#include <string>

#include "app/record_edits.h"
#include "cli/command.h"
#include "cli/session.h"

namespace sous::cli {

/// The answer of an edit of the GDM: status 4 where it waits for the remote.
Answer edit_answer(Session& session, const std::string& subject, const app::EditOutcome& outcome);

}  // namespace sous::cli
