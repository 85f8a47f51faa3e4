#include "support/scripted_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::support {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int listen_on(const sockaddr* address, socklen_t size) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || ::bind(fd, address, size) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    fail("scripted server");
  }
  return fd;
}

// The request at the front of `in`, taken off once it is whole. Chunked bodies are not needed here.
std::optional<SeenRequest> take_request(std::string& in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string::npos) {
    return std::nullopt;
  }
  SeenRequest out;
  const std::string head = in.substr(0, end);
  bool first = true;
  for (const auto line : split(head, '\n')) {
    const std::string_view text = trim(line);
    if (first) {
      const auto blank = text.find(' ');
      out.method = text.substr(0, blank);
      out.target = text.substr(blank + 1, text.rfind(' ') - blank - 1);
      first = false;
      continue;
    }
    const auto colon = text.find(':');
    out.headers.emplace_back(text.substr(0, colon), trim(text.substr(colon + 1)));
  }
  const auto length = parse_uint(out.header("Content-Length"));
  const std::size_t size = length.has_value() ? static_cast<std::size_t>(*length) : 0;
  if (in.size() < end + 4 + size) {
    return std::nullopt;
  }
  out.body = in.substr(end + 4, size);
  in.erase(0, end + 4 + size);
  return out;
}

}  // namespace

ScriptedHttp::ScriptedHttp(HttpScript script, Options options)
    : script_(std::move(script)), unix_socket_(std::move(options.unix_socket)) {
  if (!unix_socket_.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = listen_on(std::bit_cast<const sockaddr*>(&address), sizeof address);
    host_ = "localhost";
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, options.address.c_str(), &address.sin_addr);
    auto* generic = std::bit_cast<sockaddr*>(&address);
    listener_ = listen_on(generic, sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(listener_, generic, &size);
    host_ = fmt::format("{}:{}", options.address, ntohs(address.sin_port));
  }
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ScriptedHttp::~ScriptedHttp() {
  thread_.request_stop();
  wake();
  thread_.join();
  for (const auto& connection : connections_) {
    ::close(connection.fd);
  }
  ::close(listener_);
  ::close(wake_);
}

void ScriptedHttp::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
}

void ScriptedHttp::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> fds{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const auto& connection : connections_) {
      const short events = static_cast<short>(POLLIN | (connection.out.empty() ? 0 : POLLOUT));
      fds.push_back({connection.fd, events, 0});
    }
    ::poll(fds.data(), fds.size(), until_due());
    if (fds[1].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(!::read(wake_, &count, sizeof count));
      answer_held();
    }
    for (std::size_t i = connections_.size(); i-- > 0;) {
      Connection& connection = connections_[i];
      bool open = true;
      if ((fds[i + 2].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        open = receive(connection);
      }
      send_what_is_due(connection);
      if (!open || !transmit(connection)) {
        ::close(connection.fd);
        connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (fds[0].revents != 0) {
      accept_one();
    }
  }
}

void ScriptedHttp::accept_one() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) {
    Connection connection;
    connection.fd = fd;
    connections_.push_back(std::move(connection));
    auto record = record_.lock();
    ++record->connections;
  }
}

bool ScriptedHttp::receive(Connection& connection) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (got == 0 || (got < 0 && errno != EAGAIN)) {
    if (connection.holding) {
      auto record = record_.lock();
      --record->held;
    }
    return false;
  }
  connection.in.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  handle(connection);
  return true;
}

bool ScriptedHttp::transmit(Connection& connection) {
  while (!connection.out.empty()) {
    const ssize_t sent =
        ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return errno == EAGAIN;
    }
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
  return !connection.ends;
}

void ScriptedHttp::handle(Connection& connection) {
  while (!connection.ends && !connection.holding && connection.slow.empty()) {
    const auto request = take_request(connection.in);
    if (!request) {
      return;
    }
    bool released = false;
    {
      auto record = record_.lock();
      record->seen.push_back(*request);
      released = record->released;
    }
    const ScriptedAnswer what = script_(*request);
    if (what.hold && !released) {
      connection.holding = true;
      connection.held = what;
      connection.held_is_head = request->method == "HEAD";
      auto record = record_.lock();
      record->most_held = std::max(record->most_held, ++record->held);
    } else {
      answer(connection, what, request->method == "HEAD");
    }
  }
}

void ScriptedHttp::answer(Connection& connection, const ScriptedAnswer& what, bool is_head) {
  if (what.hang_up || !what.raw.empty()) {
    connection.out += what.raw;
    connection.ends = true;
    return;
  }
  std::string head = fmt::format("HTTP/1.1 {} Scripted\r\n", what.status);
  bool has_length = what.status == 204 || what.status == 304;
  for (const auto& [name, value] : what.headers) {
    has_length = has_length || to_lower_ascii(name) == "content-length";
    head += fmt::format("{}: {}\r\n", name, value);
  }
  if (!has_length) {
    head += fmt::format("Content-Length: {}\r\n", what.body.size());
  }
  head += "\r\n";
  const std::string body =
      is_head ? "" : what.body.substr(0, what.cut_after.value_or(std::string::npos));
  const bool ends = !is_head && what.cut_after.has_value();
  if (what.delay == Duration{0} && what.per_byte == Duration{0}) {
    connection.out += head + body;
    connection.ends = ends;
    return;
  }
  connection.due = std::chrono::steady_clock::now() + what.delay;
  connection.per_byte = what.per_byte;
  connection.ends_when_slow_is_sent = ends;
  connection.out += what.per_byte > Duration{0} ? head : "";
  connection.slow = what.per_byte > Duration{0} ? body : head + body;
}

void ScriptedHttp::send_what_is_due(Connection& connection) {
  const auto now = std::chrono::steady_clock::now();
  while (!connection.slow.empty() && connection.due <= now) {
    const bool all = connection.per_byte == Duration{0};
    connection.out += connection.slow.substr(0, all ? std::string::npos : 1);
    connection.slow.erase(0, all ? std::string::npos : 1);
    connection.due += connection.per_byte;
    if (connection.slow.empty()) {
      connection.ends = connection.ends_when_slow_is_sent;
      handle(connection);
    }
  }
}

int ScriptedHttp::until_due() const {
  std::optional<std::chrono::steady_clock::time_point> first;
  for (const auto& connection : connections_) {
    if (!connection.slow.empty() && (!first || connection.due < *first)) {
      first = connection.due;
    }
  }
  if (!first) {
    return -1;
  }
  const auto left = *first - std::chrono::steady_clock::now();
  return std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void ScriptedHttp::answer_held() {
  {
    auto record = record_.lock();
    if (!record->released) {
      return;
    }
    record->held = 0;
  }
  for (auto& connection : connections_) {
    if (connection.holding) {
      connection.holding = false;
      answer(connection, connection.held, connection.held_is_head);
      handle(connection);
    }
  }
}

std::vector<SeenRequest> ScriptedHttp::seen() {
  auto record = record_.lock();
  return record->seen;
}

std::vector<std::string> ScriptedHttp::lines() {
  std::vector<std::string> out;
  for (const auto& request : seen()) {
    out.push_back(request.line());
  }
  return out;
}

std::size_t ScriptedHttp::connections() {
  auto record = record_.lock();
  return record->connections;
}

std::size_t ScriptedHttp::held() {
  auto record = record_.lock();
  return record->held;
}

std::size_t ScriptedHttp::most_held() {
  auto record = record_.lock();
  return record->most_held;
}

void ScriptedHttp::release() {
  {
    auto record = record_.lock();
    record->released = true;
  }
  wake();
}

}  // namespace sous::support
