#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "ports/executor.h"

namespace sous::app {

/// Runs `body(0)` ... `body(count - 1)`, at most `limit` at once, and returns when all have ended.
/// A stop of `call` is passed on to the bodies. With one item it runs on the calling thread.
void for_each_parallel(Executor& executor,
                       const std::string& name,
                       std::size_t count,
                       std::size_t limit,
                       const Call& call,
                       const std::function<void(std::size_t, const Call&)>& body);

}  // namespace sous::app
