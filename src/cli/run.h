#pragma once

#include <stop_token>

#include "cli/wiring.h"

namespace sous::cli {

/// Runs one command line and returns the exit status (design.md section 12). Nothing is thrown.
int run(const Environment& environment, Wiring& wiring, std::stop_token stop);

}  // namespace sous::cli
