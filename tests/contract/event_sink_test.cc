// What every EventSink keeps: the fake, and the lines of a stream.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/events_spdlog/line_events.h"
#include "adapters/system_posix/executor.h"
#include "base/text.h"
#include "support/fake_event_sink.h"
#include "support/temp_dir.h"

namespace sous {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class World {
 public:
  virtual ~World() = default;

  virtual EventSink& sink() = 0;
  // Each event that arrived, as one text.
  virtual std::vector<std::string> arrived() = 0;
};

class FakeWorld final : public World {
 public:
  EventSink& sink() override { return sink_; }

  std::vector<std::string> arrived() override {
    std::vector<std::string> out;
    for (const auto& event : sink_.events()) {
      out.push_back(event.text);
      for (const auto& [name, value] : event.fields) {
        out.back() += " " + name + "=" + quote(value);
      }
    }
    return out;
  }

 private:
  support::FakeEventSink sink_;
};

class StreamWorld final : public World {
 public:
  ~StreamWorld() override { std::fclose(stream_); }

  EventSink& sink() override { return sink_; }

  std::vector<std::string> arrived() override {
    std::fflush(stream_);
    const std::string text = support::read_file(directory_ / "events");
    std::vector<std::string> out;
    for (const auto line : split(text, '\n')) {
      out.emplace_back(line);
    }
    EXPECT_EQ(out.back(), "") << "the last line has no end";
    out.pop_back();
    return out;
  }

  events_spdlog::LineEvents& lines() { return sink_; }

 private:
  support::TempDir directory_;
  std::FILE* stream_ = std::fopen((directory_ / "events").c_str(), "w");
  events_spdlog::LineEvents sink_{stream_};
};

struct Factory {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }

class EventSinkContract : public ::testing::TestWithParam<Factory> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
};

TEST_P(EventSinkContract, events_arrive_once_with_text_and_fields_in_the_order_of_their_thread) {
  world_->sink().emit({Level::warning, "first", "it is late", {{"host", "a.example"}}});
  world_->sink().emit({Level::error, "second", "it is gone", {}});
  EXPECT_THAT(world_->arrived(),
              ElementsAre(HasSubstr("it is late host=\"a.example\""), HasSubstr("it is gone")));
}

TEST_P(EventSinkContract, a_text_of_several_lines_stays_one_event) {
  world_->sink().emit({Level::error, "many", "one\nerror: two", {{"field", "a\nb"}}});
  EXPECT_THAT(world_->arrived(), SizeIs(1));
}

TEST_P(EventSinkContract, threads_do_not_mix_their_events) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 200;
  support::FakeEventSink failures;
  system_posix::ThreadExecutor executor(failures);
  {
    std::vector<std::unique_ptr<Task>> tasks;
    for (int thread = 0; thread < kThreads; ++thread) {
      tasks.push_back(executor.start("emit", [&](const std::stop_token&) {
        for (int i = 0; i < kEvents; ++i) {
          world_->sink().emit({Level::error, "same", std::string(300, 'x'), {}});
        }
      }));
    }
    for (const auto& task : tasks) {
      task->join();
    }
  }
  const auto arrived = world_->arrived();
  EXPECT_THAT(arrived, SizeIs(kThreads * kEvents));
  for (const auto& one : arrived) {
    EXPECT_TRUE(one.ends_with(std::string(300, 'x')));
    EXPECT_EQ(std::count(one.begin(), one.end(), 'x'), 300);
  }
}

INSTANTIATE_TEST_SUITE_P(
    all,
    EventSinkContract,
    ::testing::Values(Factory{"fake", [] { return std::make_unique<FakeWorld>(); }},
                      Factory{"stream", [] { return std::make_unique<StreamWorld>(); }}),
    [](const auto& instance) { return instance.param.name; });

TEST(LineEvents, shows_what_is_asked_for_and_no_less_grave) {
  StreamWorld world;
  world.sink().emit({Level::info, "a", "unasked", {}});
  world.sink().emit({Level::warning, "b", "by default", {}});
  world.lines().show_from(Level::error);
  world.sink().emit({Level::warning, "c", "unasked", {}});
  world.lines().show_from(Level::debug);
  world.sink().emit({Level::debug, "d", "all", {}});
  EXPECT_THAT(world.arrived(), ElementsAre("warning: by default", "debug: all"));
}

}  // namespace
}  // namespace sous
