#pragma once

#include <stop_token>
#include <thread>

namespace sous::apps {

/// Turns SIGINT and SIGTERM into a stop request: work ends in order and says what is left. A second
/// one ends the process at once. Must be made before any other thread, whose masks follow.
class SignalStop {
 public:
  SignalStop();
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch();

  std::stop_source stop_;
  int signals_ = -1;  // signalfd
  int end_ = -1;      // eventfd
  std::thread thread_;
};

}  // namespace sous::apps
