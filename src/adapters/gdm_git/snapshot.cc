#include "adapters/gdm_git/snapshot.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "model/record_path.h"

namespace sous::gdm_git {
namespace {

constexpr std::uint64_t kMaxListing = 256ULL << 20U;
// One cat-file answers about this much, so that memory holds one copy of it and not of everything.
constexpr std::uint64_t kBatchBytes = 32ULL << 20U;
// More differences than these, and reading the whole tree is as good.
constexpr std::size_t kFewChanges = 200;
// After so many replaced records the memory of their old texts is given back.
constexpr std::size_t kMostReplaced = 2000;
constexpr std::string_view kNoMode = "000000";
constexpr std::string_view kSubmoduleMode = "160000";
constexpr std::size_t kHeaderBytes =
    128;  // "<64 hex> blob <size>\n" and the "\n" after the content

Error strange(std::string_view what) {
  return Error(Code::invalid_data,
               "git answered with " + std::string(what) + " that cannot be read");
}

// The text up to the next space; `rest` moves behind the spaces.
std::string_view next_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' ', end), rest.size()));
  return word;
}

Result<TreeEntry> parse_tree_line(std::string_view line) {
  const auto tab = line.find('\t');
  if (tab == std::string_view::npos) {
    return strange("a tree");
  }
  auto head = line.substr(0, tab);
  TreeEntry entry;
  entry.mode = next_word(head);
  entry.type = next_word(head);
  entry.hash = next_word(head);
  entry.path = line.substr(tab + 1);
  if (entry.mode.empty() || entry.type.empty() || entry.hash.empty() || entry.path.empty()) {
    return strange("a tree");
  }
  if (head != "-") {
    entry.size = SOUS_TRY(parse_uint(head));
  }
  return entry;
}

// Why an entry cannot be a record; empty when it can.
std::string refusal(const TreeEntry& entry) {
  if (entry.mode == "120000") {
    return "it is a symlink, and records must be files";
  }
  if (entry.type != "blob") {
    return "it is a submodule, and records must be files";
  }
  if (entry.size.value_or(0) > kMaxRecordBytes) {
    return std::string(kTooLong);
  }
  if (const auto status = check_record_path(entry.path); !status) {
    return status.error().message();
  }
  return {};
}

std::string printable(const std::string& path) {
  if (is_valid_utf8(path)) {
    return path;
  }
  std::string out = path;
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c == '\x7f'; }, '?');
  return out;
}

// Asks for `wanted`, at most kBatchBytes at a time.
Status read_blobs(const GitCommand& git,
                  const std::map<std::string, std::optional<std::uint64_t>>& wanted,
                  Blobs& blobs,
                  const Call& call) {
  auto next = wanted.begin();
  while (next != wanted.end()) {
    GitInput input;
    input.max_output = 0;
    bool sizes_are_known = true;
    for (; next != wanted.end() && input.max_output < kBatchBytes; ++next) {
      input.text += next->first + "\n";
      input.max_output += next->second.value_or(0) + kHeaderBytes;
      sizes_are_known = sizes_are_known && next->second;
    }
    input.max_output += sizes_are_known ? 0 : kBatchBytes;
    const auto bytes = SOUS_TRY(git.output({"cat-file", "--batch"}, call, input));
    SOUS_TRY_VOID(parse_blobs(bytes, blobs));
  }
  return ok();
}

Result<std::vector<TreeEntry>> list_tree(const GitCommand& git,
                                         const std::string& revision,
                                         const Call& call) {
  GitInput input;
  input.max_output = kMaxListing;
  return parse_tree(SOUS_TRY(
      git.output({"ls-tree", "-r", "-z", "-l", "--full-tree", revision + "^{tree}"}, call, input)));
}

// What two commits differ in; nothing when that cannot be told or is much.
Result<std::optional<std::vector<TreeEntry>>> few_changes(const GitCommand& git,
                                                          const std::string& from,
                                                          const std::string& to,
                                                          const Call& call) {
  GitInput input;
  input.max_output = kMaxListing;
  const auto result = SOUS_TRY(git.run(
      {"diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", from, to},
      call,
      input));
  if (result.exit_code != 0) {
    return std::optional<std::vector<TreeEntry>>{};  // `from` is gone
  }
  auto entries = SOUS_TRY(parse_differences(result.out));
  return entries.size() > kFewChanges ? std::optional<std::vector<TreeEntry>>{}
                                      : std::optional{std::move(entries)};
}

// Puts the records of `entries` into `snapshot`. Reads what is not in `blobs` yet.
Status add_entries(const GitCommand& git,
                   std::vector<TreeEntry> entries,
                   GdmSnapshot& snapshot,
                   Blobs& blobs,
                   const Call& call) {
  std::vector<TreeEntry> records;
  std::map<std::string, std::optional<std::uint64_t>> wanted;
  for (auto& entry : entries) {
    if (!is_record_path(entry.path)) {
      continue;
    }
    if (auto why = refusal(entry); !why.empty()) {
      snapshot.refused[printable(entry.path)] = std::move(why);
      continue;
    }
    if (!blobs.contains(entry.hash)) {
      wanted[entry.hash] = entry.size;
    }
    records.push_back(std::move(entry));
  }
  SOUS_TRY_VOID(read_blobs(git, wanted, blobs, call));
  for (auto& entry : records) {
    const auto found = blobs.find(entry.hash);
    if (found == blobs.end()) {
      return strange("fewer objects than asked for,");
    }
    if (!found->second) {
      snapshot.refused[std::move(entry.path)] = "it is not UTF-8";
    } else if (found->second->size() > kMaxRecordBytes) {
      snapshot.refused[std::move(entry.path)] = kTooLong;
    } else {
      snapshot.records[std::move(entry.path)] = found->second;
    }
  }
  return ok();
}

// `known` with a few differences.
Result<LoadedSnapshot> with_changes(const GitCommand& git,
                                    const std::string& revision,
                                    const LoadedSnapshot& known,
                                    std::vector<TreeEntry> changed,
                                    const Call& call) {
  LoadedSnapshot out = known;
  out.snapshot.revision = revision;
  out.replaced += changed.size();
  for (const auto& entry : changed) {
    out.snapshot.records.erase(entry.path);
    out.snapshot.refused.erase(printable(entry.path));
  }
  std::erase_if(changed, [](const TreeEntry& entry) { return entry.mode.empty(); });
  Blobs blobs;
  SOUS_TRY_VOID(add_entries(git, std::move(changed), out.snapshot, blobs, call));
  return out;
}

}  // namespace

Result<std::vector<TreeEntry>> parse_tree(std::string_view bytes) {
  std::vector<TreeEntry> entries;
  while (!bytes.empty()) {
    const auto end = bytes.find('\0');
    if (end == std::string_view::npos) {
      return strange("a tree");
    }
    entries.push_back(SOUS_TRY(parse_tree_line(bytes.substr(0, end))));
    bytes.remove_prefix(end + 1);
  }
  return entries;
}

Status parse_blobs(std::string_view bytes, Blobs& blobs) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
      return strange("an object");
    }
    auto head = bytes.substr(0, end);
    const auto hash = next_word(head);
    const auto type = next_word(head);
    if (type != "blob") {
      return Error(Code::invalid_data,
                   "object " + std::string(hash) + " of the GDM's repository is missing or damaged")
          .hinted("run `git fsck` in it; a clone of a URL may be deleted, it is made again");
    }
    const auto size = SOUS_TRY(parse_uint(head));
    bytes.remove_prefix(end + 1);
    if (bytes.size() <= size || bytes[size] != '\n') {
      return strange("an object");
    }
    const auto text = bytes.substr(0, size);
    blobs[std::string(hash)] =
        is_valid_utf8(text) ? std::make_shared<const std::string>(text) : nullptr;
    bytes.remove_prefix(size + 1);
  }
  return ok();
}

Result<std::vector<TreeEntry>> parse_differences(std::string_view bytes) {
  std::vector<TreeEntry> entries;
  while (!bytes.empty()) {
    const auto middle = bytes.find('\0');
    const auto end = middle == std::string_view::npos ? middle : bytes.find('\0', middle + 1);
    if (!bytes.starts_with(':') || end == std::string_view::npos) {
      return strange("differences");
    }
    auto head = bytes.substr(1, middle - 1);
    next_word(head);  // the older side's mode
    TreeEntry entry;
    entry.mode = next_word(head);
    next_word(head);
    entry.hash = next_word(head);
    entry.path = bytes.substr(middle + 1, end - middle - 1);
    if (entry.mode.empty() || entry.hash.empty() || entry.path.empty()) {
      return strange("differences");
    }
    if (entry.mode == kNoMode) {
      entry.mode.clear();
    } else {
      entry.type = entry.mode == kSubmoduleMode ? "commit" : "blob";
    }
    entries.push_back(std::move(entry));
    bytes.remove_prefix(end + 1);
  }
  return entries;
}

Result<std::set<std::string, std::less<>>> read_paths(const GitCommand& git,
                                                      const std::string& revision,
                                                      const Call& call) {
  std::set<std::string, std::less<>> paths;
  GitInput input;
  input.max_output = kMaxListing;
  const auto names = SOUS_TRY(git.output(
      {"ls-tree", "-r", "-z", "--name-only", "--full-tree", revision + "^{tree}"}, call, input));
  for (const auto name : split(names, '\0')) {
    if (!name.empty()) {
      paths.emplace_hint(paths.end(), name);
    }
  }
  return paths;
}

Result<LoadedSnapshot> load_snapshot(const GitCommand& git,
                                     const std::string& revision,
                                     const LoadedSnapshot* known,
                                     const Call& call) {
  if (known != nullptr && known->replaced < kMostReplaced) {
    auto changed = SOUS_TRY(few_changes(git, known->snapshot.revision, revision, call));
    if (changed) {
      auto loaded = with_changes(git, revision, *known, std::move(*changed), call);
      if (loaded || loaded.error().code() != Code::invalid_data) {
        return loaded;
      }
      // They are too big to be read without knowing their sizes, or damaged.
    }
  }
  auto entries = SOUS_TRY(list_tree(git, revision, call));
  LoadedSnapshot loaded;
  loaded.snapshot.revision = revision;
  Blobs blobs;
  if (known != nullptr) {
    // Only the blobs that are still in use.
    for (const auto& entry : entries) {
      if (const auto found = known->blobs->find(entry.hash); found != known->blobs->end()) {
        blobs.insert(*found);
      }
    }
  }
  SOUS_TRY_VOID(add_entries(git, std::move(entries), loaded.snapshot, blobs, call));
  loaded.blobs = std::make_shared<const Blobs>(std::move(blobs));
  return loaded;
}

}  // namespace sous::gdm_git
