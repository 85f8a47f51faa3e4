#include "adapters/gdm_git/import.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "adapters/gdm_git/history.h"
#include "base/text.h"

namespace sous::gdm_git {
namespace {

// git ends a name at `<`, and a line at a newline.
std::string person_text(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) {
    return c != '<' && c != '>' && (c < 0 || c >= ' ') && c != '\x7f';
  });
  return std::string(trim(out));
}

std::string person(const Author& author, WallTime when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  auto name = person_text(author.name);
  auto email = person_text(author.email);
  if (name.empty()) {
    name = email.empty() ? "unknown" : email;
  }
  return name + " <" + email + "> " + std::to_string(std::max<std::int64_t>(seconds, 0)) + " +0000";
}

std::string quoted(std::string_view path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

std::string data_block(std::string_view bytes) {
  return "data " + std::to_string(bytes.size()) + "\n" + std::string(bytes) + "\n";
}

std::string message_text(std::string_view message) {
  std::string out;
  std::ranges::copy_if(message, std::back_inserter(out), [](char c) { return c != '\0'; });
  return out;
}

}  // namespace

std::string import_stream(const NewCommit& commit, const GdmChange& change) {
  const auto who = person(change.author, commit.when);
  std::string out = "feature done\ncommit " + commit.ref + "\nmark :1\n";
  out += "author " + who + "\ncommitter " + who + "\n";
  out += data_block(with_nonce(message_text(change.message), commit.nonce));
  if (!commit.base.empty()) {
    out += "from " + commit.base + "\n";
  }
  for (const auto& [path, text] : change.records) {
    if (text) {
      out += "M 100644 inline " + quoted(path) + "\n" + data_block(*text);
    } else {
      out += "D " + quoted(path) + "\n";
    }
  }
  return out + "\nget-mark :1\ndone\n";
}

Result<std::string> import_commit(const GitCommand& git,
                                  const NewCommit& commit,
                                  const GdmChange& change,
                                  const Call& call) {
  GitInput input;
  input.text = import_stream(commit, change);
  const auto out =
      SOUS_TRY(git.output({"fast-import", "--quiet", "--date-format=raw"}, call, input));
  std::string hash(trim(out));
  if (hash.size() < 40 || !std::ranges::all_of(hash, is_alnum)) {
    return Error(Code::internal, "git fast-import did not name the commit it made");
  }
  return hash;
}

}  // namespace sous::gdm_git
