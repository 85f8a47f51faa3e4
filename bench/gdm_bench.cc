// The GDM of 10,000 manifests against its floors, alternating with them in one run: median of five
// rounds, the first dropped (docs/adr/0010-gdm-in-git.md). Ends with 1 when a bar is missed.
//
//   reading     a bare libyaml event loop over the same files, one thread     at most 1.3 times
//   reading again after one commit, in the same process                       under 15 ms
//   one field   read, edit, commit; `git commit` of one file there            at most 1.5 times
//   memory      of this process after reading, without the floor's            under 150 MiB

#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/files_posix/file_system.h"
#include "adapters/gdm_git/gdm_git.h"
#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "adapters/system_posix/rng.h"
#include "app/gdm_access.h"
#include "codec/manifest_record.h"
#include "support/gdm_generator.h"
#include "support/test_git.h"

namespace sous {
namespace {

constexpr std::size_t kManifests = 10'000;
constexpr int kRounds = 6;  // the first is dropped

class NoEvents final : public EventSink {
 public:
  void emit(const Event& /*event*/) override {}
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

template <typename T>
T need(Result<T> result) {
  if (!result) {
    fail(result.error().text());
  }
  return std::move(*result);
}

double milliseconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> rounds) {
  rounds.erase(rounds.begin());
  std::ranges::sort(rounds);
  return rounds[rounds.size() / 2];
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

void write_file(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// What any reader of these files with this library must do at least.
std::size_t event_loop(const std::string& text) {
  yaml_parser_t parser;
  yaml_parser_initialize(&parser);
  yaml_parser_set_input_string(
      &parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::size_t events = 0;
  for (bool more = true; more;) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser, &event) != 1) {
      fail("no YAML");
    }
    more = event.type != YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
    ++events;
  }
  yaml_parser_delete(&parser);
  return events;
}

/// Megabytes of a line of /proc/self/status.
double megabytes(const std::string& field) {
  std::istringstream in(read_file("/proc/self/status"));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field + ":")) {
      const auto digit = line.find_first_of("0123456789");
      long kilobytes = 0;
      std::from_chars(line.data() + digit, line.data() + line.size(), kilobytes);
      return static_cast<double>(kilobytes) / 1024;
    }
  }
  return 0;
}

class Bench {
 public:
  Bench() : root_(need(files_.make_temporary("sous-gdm-bench"))), gdm_(root_ + "/gdm") {
    for (std::size_t i = 0; i < kManifests; ++i) {
      write_file(gdm_ + "/" + support::generated_manifest_path(i), support::generated_manifest(i));
    }
    write_file(gdm_ + "/defs.yaml", support::generated_definitions());
    write_file(gdm_ + "/sous.yaml", "format: 1\nid: bench\n");
    need(git_.git(gdm_, {"init", "-q", "-b", "main"}));
    need(git_.git(gdm_, {"config", "gc.auto", "0"}));
    need(git_.git(gdm_, {"add", "-A"}));
    need(git_.git(gdm_, {"commit", "-q", "-m", "generated"}));
    need(git_.git(gdm_, {"gc", "-q"}));
  }

  ~Bench() { (void)files_.remove_tree(root_); }

  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  int run() {
    const double memory = reading_memory();
    reading();
    reading_again();
    one_field();
    report("memory", memory, "MiB", 150, "limit");
    return missed_ ? 1 : 0;
  }

 private:
  gdm_git::GitGdmStore open() {
    return {{.location = need(gdm_git::parse_location(gdm_)), .clones = root_ + "/clones"},
            {git_, files_, clock_, rng_, events_}};
  }

  void report(const char* what, double value, const char* unit, double bar, const char* of) {
    const bool good = value <= bar;
    missed_ = missed_ || !good;
    std::printf("%-22s %9.2f %-4s bar %6.2f (%s) %s\n",
                what,
                value,
                unit,
                bar,
                of,
                good ? "good" : "MISSED");
  }

  double reading_memory() {
    const double before = megabytes("VmRSS");
    auto store = open();
    const auto state = app::decode_state(executor_, need(store.read({})));
    if (state.gdm.manifests.size() != kManifests || !state.gdm.broken.empty()) {
      fail("not all manifests were read");
    }
    return megabytes("VmRSS") - before;
  }

  void reading() {
    std::vector<double> floor;
    std::vector<double> ours;
    std::vector<double> from_git;
    for (int round = 0; round < kRounds; ++round) {
      floor.push_back(milliseconds([&] {
        for (std::size_t i = 0; i < kManifests; ++i) {
          event_loop(read_file(gdm_ + "/" + support::generated_manifest_path(i)));
        }
      }));
      auto store = open();
      GdmSnapshot snapshot;
      app::GdmState state;
      from_git.push_back(milliseconds([&] { snapshot = need(store.read({})); }));
      ours.push_back(from_git.back() + milliseconds([&] {
                       state = app::decode_state(executor_, std::move(snapshot));
                     }));
      if (state.gdm.manifests.size() != kManifests) {
        fail("not all manifests were read");
      }
    }
    std::printf("libyaml event loop %.1f ms, first read %.1f ms, of that from git %.1f ms\n",
                median(floor),
                median(ours),
                median(from_git));
    report("first read", median(ours) / median(floor), "x", 1.3, "of a libyaml event loop");
  }

  /// One field of one manifest, from reading to commit.
  void change_one(gdm_git::GitGdmStore& store, int number) {
    const auto snapshot = need(store.read({}));
    const auto path = support::generated_manifest_path(static_cast<std::size_t>(number) * 7);
    const auto text = need(codec::set_num_instances(*snapshot.records.at(path),
                                                    need(ClusterName::parse("east")),
                                                    static_cast<std::uint32_t>(10 + number)));
    need(store.commit(snapshot.revision,
                      {.records = {{path, text}},
                       .author = {.name = "Ann", .email = "ann@example.com"},
                       .message = "one field"},
                      {}));
  }

  void reading_again() {
    auto store = open();
    auto other = open();
    auto state = app::decode_state(executor_, need(store.read({})));
    std::vector<double> ours;
    for (int round = 0; round < kRounds; ++round) {
      change_one(other, round);
      ours.push_back(
          milliseconds([&] { state = app::newer_state(std::move(state), need(store.read({}))); }));
    }
    report("re-read after a commit", median(ours), "ms", 15, "limit");
  }

  void one_field() {
    auto store = open();
    need(store.read({}));
    std::vector<double> peer;
    std::vector<double> ours;
    for (int round = 0; round < kRounds; ++round) {
      const auto path = support::generated_manifest_path(static_cast<std::size_t>(round) + 5000);
      write_file(gdm_ + "/" + path, read_file(gdm_ + "/" + path) + "# changed\n");
      peer.push_back(milliseconds(
          [&] { need(git_.git(gdm_, {"commit", "-q", "-m", "one file", "--", path})); }));
      ours.push_back(milliseconds([&] { change_one(store, 100 + round); }));
    }
    std::printf("git commit %.1f ms, one field %.1f ms\n", median(peer), median(ours));
    report("one field", median(ours) / median(peer), "x", 1.5, "of git commit");
  }

  system_posix::SystemClock clock_;
  system_posix::SystemRng rng_;
  process_posix::PosixProcessRunner processes_{clock_};
  support::TestGit git_{processes_};
  files_posix::PosixFileSystem files_{clock_, std::filesystem::temp_directory_path().string()};
  NoEvents events_;
  system_posix::ThreadExecutor executor_{events_};
  std::string root_;
  std::string gdm_;
  bool missed_ = false;
};

}  // namespace
}  // namespace sous

int main() { return sous::Bench().run(); }
