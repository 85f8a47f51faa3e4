#pragma once

#include <functional>
#include <string>

#include "app/node.h"
#include "base/locked.h"
#include "model/operation.h"

namespace sous::app {

/// Told each change of an operation, from several tasks at once but never two at a time.
using OnOperation = std::function<void(const Operation&)>;

/// Tells changes of operations to whoever follows them, and puts them on record. Thread-safe.
class Reporter {
 public:
  /// Both outlive this object.
  Reporter(Node& node, const OnOperation& on_operation)
      : node_(node), on_operation_(on_operation) {}

  void report(const Operation& operation);

 private:
  struct Turn {
    bool warned = false;
  };

  void record(const Operation& operation);

  Node& node_;
  const OnOperation& on_operation_;
  Locked<Turn> turn_;
};

}  // namespace sous::app
