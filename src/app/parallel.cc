#include "app/parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <stop_token>
#include <vector>

namespace sous::app {

void for_each_parallel(Executor& executor,
                       const std::string& name,
                       std::size_t count,
                       std::size_t limit,
                       const Call& call,
                       const std::function<void(std::size_t, const Call&)>& body) {
  if (count == 1) {
    body(0, call);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::vector<std::unique_ptr<Task>> workers;
  for (std::size_t i = 0; i < std::min(count, limit); ++i) {
    workers.push_back(executor.start(name, [&](const std::stop_token& stop) {
      for (std::size_t item = next++; item < count; item = next++) {
        body(item, Call{call.deadline, stop});
      }
    }));
  }
  const std::stop_callback pass_on(call.stop, [&] {
    for (const auto& worker : workers) {
      worker->request_stop();
    }
  });
  for (const auto& worker : workers) {
    worker->join();
  }
}

}  // namespace sous::app
