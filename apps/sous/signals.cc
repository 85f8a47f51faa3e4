#include "signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace sous::apps {
namespace {

constexpr int kSignalled = 128;  // what shells add a signal's number to

}  // namespace

SignalStop::SignalStop() {
  // A reader that goes away must show as an error of write(2), not end the process.
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  signals_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  end_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signals_ < 0 || end_ < 0) {
    pthread_sigmask(SIG_UNBLOCK, &watched, nullptr);  // better ended rudely than not at all
    return;
  }
  thread_ = std::thread([this] { watch(); });
  pthread_setname_np(thread_.native_handle(), "signals");
}

SignalStop::~SignalStop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    while (::write(end_, &one, sizeof one) < 0) {
    }
    thread_.join();
  }
  ::close(signals_);
  ::close(end_);
}

void SignalStop::watch() {
  while (true) {
    std::array<pollfd, 2> fds{pollfd{signals_, POLLIN, 0}, pollfd{end_, POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      continue;
    }
    if ((fds[1].revents & POLLIN) != 0) {
      return;
    }
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) {
      continue;
    }
    if (!stop_.request_stop()) {
      ::_exit(kSignalled + static_cast<int>(info.ssi_signo));
    }
  }
}

}  // namespace sous::apps
