#include "codec/diagnostics.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "codec/utf8.h"

namespace sous::codec {
namespace {

constexpr std::size_t kMaxProblems = 100;
constexpr std::size_t kMaxShownLine = 120;

std::string_view line_at(std::string_view text, std::size_t line) {
  for (; line > 1; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(end + 1);
  }
  return trim(text.substr(0, text.find('\n')));
}

// A line of any file, fit for a terminal.
std::string shown(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size() && at < kMaxShownLine;) {
    const Utf8Character character = utf8_at(line, at);
    const bool control =
        character.value < 0x20 || (character.value >= 0x7f && character.value < 0xa0);
    if (!character.valid || control) {
      out += '?';
    } else {
      out += line.substr(at, character.size);
    }
    at += character.size;
  }
  return line.size() > kMaxShownLine ? out + "..." : out;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  Position out;
  out.line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  for (const char c : before.substr(line_start)) {
    out.column += (static_cast<unsigned char>(c) & 0xc0U) == 0x80U ? 0U : 1U;
  }
  return out;
}

void Diagnostics::add(Position at, std::string message) {
  ++count_;
  if (problems_.size() < kMaxProblems) {
    problems_.push_back({at, count_, std::move(message)});
  }
}

std::string Diagnostics::render(const Problem& problem) const {
  std::string out = path_ + ":" + std::to_string(problem.at.line) + ":" +
                    std::to_string(problem.at.column) + ": " + problem.message;
  const std::string line = shown(line_at(text_, problem.at.line));
  return line.empty() ? out : out + "\n    " + line;
}

std::vector<std::string> Diagnostics::problems() const {
  std::vector<Problem> sorted = problems_;
  std::ranges::sort(sorted, {}, [](const Problem& p) { return std::pair(p.at, p.number); });
  std::vector<std::string> out;
  for (const Problem& problem : sorted) {
    out.push_back(render(problem));
  }
  if (count_ > problems_.size()) {
    out.push_back(path_ + ": and " + std::to_string(count_ - problems_.size()) + " more");
  }
  return out;
}

Error Diagnostics::error() const {
  const std::string number = count_ == 1 ? "1 problem" : std::to_string(count_) + " problems";
  return Error(Code::invalid_data, "`" + path_ + "` has " + number).detailed(problems());
}

}  // namespace sous::codec
