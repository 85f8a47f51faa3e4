#pragma once

#include <vector>

#include "app/rectify.h"
#include "cli/command.h"
#include "cli/output.h"

namespace sous::cli {

/// Tells each change of an operation as a line of progress.
app::OnOperation progress_to(Output& output);

/// The answer of deploy and rectify, with the status that all operations together have.
Answer operations_answer(const std::vector<Operation>& operations, const Style& style);

}  // namespace sous::cli
