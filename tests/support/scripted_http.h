#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/locked.h"
#include "support/http_script.h"

namespace sous::support {

/// A small real HTTP/1.1 server for odd answers: it does what a script says and records every
/// request. One thread serves all connections.
class ScriptedHttp {
 public:
  struct Options {
    std::string address = "127.0.0.1";  // any of 127.0.0.0/8
    std::string unix_socket = {};       // in place of TCP
  };

  explicit ScriptedHttp(HttpScript script) : ScriptedHttp(std::move(script), Options{}) {}

  ScriptedHttp(HttpScript script, Options options);
  ~ScriptedHttp();
  ScriptedHttp(const ScriptedHttp&) = delete;
  ScriptedHttp& operator=(const ScriptedHttp&) = delete;

  /// `127.0.0.1:<port>`.
  const std::string& host() const noexcept { return host_; }

  std::string url(std::string_view target) const { return "http://" + host_ + std::string(target); }

  /// All requests so far, in the order of their arrival.
  std::vector<SeenRequest> seen();
  /// Their `line()`s.
  std::vector<std::string> lines();
  std::size_t connections();
  /// Requests that are held now, and the most that were at once.
  std::size_t held();
  std::size_t most_held();
  /// Answers all that is held, and holds nothing from then on.
  void release();

 private:
  struct Connection {
    int fd = -1;
    std::string in;
    std::string out;
    bool ends = false;  // once `out` is sent
    bool holding = false;
    ScriptedAnswer held;
    bool held_is_head = false;
    std::string slow;  // what is sent from `due` on: all of it, or byte by byte
    std::chrono::steady_clock::time_point due;
    Duration per_byte{0};
    bool ends_when_slow_is_sent = false;
  };

  struct Record {
    std::vector<SeenRequest> seen;
    std::size_t connections = 0;
    std::size_t held = 0;
    std::size_t most_held = 0;
    bool released = false;
  };

  void serve(const std::stop_token& stop);
  void accept_one();
  /// False when the connection is over.
  bool receive(Connection& connection);
  bool transmit(Connection& connection);
  void handle(Connection& connection);
  void answer(Connection& connection, const ScriptedAnswer& answer, bool is_head);
  void answer_held();
  void send_what_is_due(Connection& connection);
  /// For poll(): until something is due; -1 when nothing is.
  int until_due() const;
  void wake();

  HttpScript script_;
  std::string host_;
  std::string unix_socket_;
  int listener_ = -1;
  int wake_ = -1;
  std::deque<Connection> connections_;
  Locked<Record> record_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sous::support
