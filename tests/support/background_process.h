#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace sous::support {

/// A program that runs in its own process group until this object goes: then the group gets SIGTERM
/// and, if it is still there a moment later, SIGKILL. Throws when it cannot be started.
class BackgroundProcess {
 public:
  /// What it prints goes to the file `log`. `environment` is added to this process's own.
  BackgroundProcess(const std::vector<std::string>& argv,
                    const std::map<std::string, std::string>& environment,
                    const std::string& log);
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  /// Ends it now.
  void end();
  bool is_running();

 private:
  bool reap(int options);

  pid_t pid_ = 0;
};

}  // namespace sous::support
