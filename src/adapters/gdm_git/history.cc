#include "adapters/gdm_git/history.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include "base/text.h"

namespace sous::gdm_git {
namespace {

constexpr std::uint64_t kMaxLog = 256ULL << 20U;
constexpr std::uint64_t kMaxSeconds = 1ULL
                                      << 36U;  // year 4147: keeps microseconds far from overflow
constexpr std::size_t kFields = 6;

Error strange() { return Error(Code::invalid_data, "git answered with a log that cannot be read"); }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

WallTime time_of(std::string_view seconds) {
  const auto parsed = parse_uint(seconds);
  if (!parsed || *parsed > kMaxSeconds) {
    return WallTime{};  // before 1970 or nonsense: the commit is still part of the history
  }
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(*parsed)));
}

GdmHistoryEntry make_entry(std::span<const std::string_view> fields) {
  GdmHistoryEntry entry;
  entry.revision = fields[0];
  entry.parent = fields[1].substr(0, fields[1].find(' '));
  entry.author = {std::string(fields[2]), std::string(fields[3])};
  entry.when = time_of(fields[4]);
  entry.message = without_nonce(fields[5]);
  return entry;
}

}  // namespace

std::string with_nonce(std::string_view message, std::string_view nonce) {
  return std::string(trim_end(message)) + "\n\n" + std::string(kNonceTrailer) + std::string(nonce) +
         "\n";
}

std::string without_nonce(std::string_view message) {
  message = trim_end(message);
  const auto line = message.rfind('\n') + 1;  // npos + 1 is 0
  if (message.substr(line).starts_with(kNonceTrailer)) {
    message = trim_end(message.substr(0, line));
  }
  return std::string(message);
}

// Each commit is six fields, the first with a \x01 before it, each ended by a NUL; then a newline
// and the paths, each ended by a NUL.
Result<std::vector<GdmHistoryEntry>> parse_history(std::string_view bytes) {
  std::vector<GdmHistoryEntry> entries;
  auto tokens = split(bytes, '\0');
  if (!tokens.empty() && tokens.back().empty()) {
    tokens.pop_back();
  }
  std::size_t at = 0;
  while (at < tokens.size()) {
    if (!tokens[at].starts_with('\x01') || tokens.size() - at < kFields) {
      return strange();
    }
    tokens[at].remove_prefix(1);
    auto entry = make_entry(std::span(tokens).subspan(at, kFields));
    at += kFields;
    for (; at < tokens.size() && !tokens[at].starts_with('\x01'); ++at) {
      auto path = tokens[at];
      if (path.starts_with('\n')) {
        path.remove_prefix(1);
      }
      if (!path.empty()) {
        entry.paths.emplace_back(path);
      }
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<GdmHistoryEntry>> read_history(const GitCommand& git,
                                                  const std::string& revision,
                                                  const std::optional<std::string>& path,
                                                  std::size_t limit,
                                                  const Call& call) {
  std::vector<std::string> arguments{"-c",
                                     "log.showSignature=false",
                                     "-c",
                                     "log.showRoot=true",
                                     "-c",
                                     "log.follow=false",
                                     "log",
                                     "-z",
                                     "--topo-order",
                                     "--name-only",
                                     "--no-renames",
                                     "--full-diff",
                                     "--diff-merges=first-parent",
                                     "--no-ext-diff",
                                     "--no-color",
                                     "--encoding=UTF-8",
                                     "--max-count=" + std::to_string(limit),
                                     "--format=%x01%H%x00%P%x00%an%x00%ae%x00%at%x00%B",
                                     revision,
                                     "--"};
  if (path) {
    arguments.push_back(*path);
  }
  GitInput input;
  input.max_output = kMaxLog;
  return parse_history(SOUS_TRY(git.output(arguments, call, input)));
}

}  // namespace sous::gdm_git
