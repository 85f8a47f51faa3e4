#include "app/reporter.h"

namespace sous::app {

void Reporter::report(const Operation& operation) {
  {
    auto turn = turn_.lock();
    if (on_operation_) {
      on_operation_(operation);
    }
  }
  record(operation);
}

// A report that cannot be kept changes nothing that runs, so it is said once and no more.
void Reporter::record(const Operation& operation) {
  const WallTime now = node_.clock.wall();
  const auto put = node_.operations.put(
      {.operation = operation, .who = node_.who(), .started = now, .updated = now});
  if (put) {
    return;
  }
  {
    auto turn = turn_.lock();
    if (turn->warned) {
      return;
    }
    turn->warned = true;
  }
  node_.events.emit({Level::warning,
                     "operation_not_recorded",
                     "operations are not put on record: " + put.error().text(),
                     {}});
}

}  // namespace sous::app
