// singularity-sim: a Singularity without Mesos, on loopback, in real time.
//
// usage: singularity-sim [--profile 0.20|1.5] [--every SECONDS] [--port-file FILE]
//
// Prints its base URL, and ends on SIGINT or SIGTERM. With --port-file the URL is written there
// too.

#include <signal.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "support/singularity_sim/served.h"

namespace {

using sous::singularity_sim::Millis;

int usage() {
  std::fputs("usage: singularity-sim [--profile 0.20|1.5] [--every SECONDS] [--port-file FILE]\n",
             stderr);
  return 64;
}

int run(sous::singularity_sim::Settings settings, const std::string& port_file) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  // Before any thread starts, so that all of them inherit it.
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const sous::singularity_sim::Served served(std::move(settings));
  const std::string url = served.url();
  std::printf("%s\n", url.c_str());
  std::fflush(stdout);
  if (!port_file.empty()) {
    std::FILE* file = std::fopen(port_file.c_str(), "we");
    if (file == nullptr) {
      std::perror(port_file.c_str());
      return 1;
    }
    std::fputs(url.c_str(), file);
    std::fclose(file);
  }
  int signal = 0;
  ::sigwait(&ends, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  sous::singularity_sim::Settings settings;
  std::string port_file;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string_view flag = words[i];
    if (i + 1 == words.size()) {
      return usage();
    }
    const std::string value = words[i + 1];
    const auto seconds = sous::parse_uint(value);
    if (flag == "--profile" && (value == "0.20" || value == "1.5")) {
      settings.profile = value == "1.5" ? sous::singularity_sim::Profile::v1_5
                                        : sous::singularity_sim::Profile::v0_20;
    } else if (flag == "--every" && seconds && *seconds > 0 && *seconds < 3600) {
      const auto period = static_cast<Millis>(*seconds) * 1000;
      settings.scheduler_every = settings.deploy_check_every = settings.cleaner_every = period;
    } else if (flag == "--port-file") {
      port_file = value;
    } else {
      return usage();
    }
  }
  return run(std::move(settings), port_file);
}
