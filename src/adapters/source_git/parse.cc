#include "adapters/source_git/parse.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sous::source_git {
namespace {

Error unreadable(std::string_view what, std::string_view text) {
  return {Code::invalid_data, "cannot read " + std::string(what) + " of git: " + quote(text)};
}

// The front of `text` up to `end`, which is dropped from it; all of it where there is none.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

// A record's path begins behind its `fields` fields.
std::optional<std::string_view> path_behind(std::string_view record, int fields) {
  for (int i = 0; i < fields; ++i) {
    const std::size_t space = record.find(' ');
    if (space == std::string_view::npos) {
      return std::nullopt;
    }
    record.remove_prefix(space + 1);
  }
  return record.empty() ? std::nullopt : std::optional(record);
}

Status read_header(std::string_view header, TreeStatus& out) {
  constexpr std::string_view kOid = "# branch.oid ";
  constexpr std::string_view kHead = "# branch.head ";
  if (header.starts_with(kOid) && header != "# branch.oid (initial)") {
    out.head = SOUS_TRY(Revision::parse(header.substr(kOid.size())));
  } else if (header.starts_with(kHead) && header != "# branch.head (detached)") {
    out.branch = header.substr(kHead.size());
  }
  return ok();
}

// How many fields stand before the path in a record of each type.
std::optional<int> fields_of(char type) {
  switch (type) {
    case '?':
      return 1;
    case '1':
      return 8;
    case '2':
      return 9;
    case 'u':
      return 10;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Place> parse_place(std::string_view text) {
  // A work tree below a directory with a line break in its name would give more lines.
  const auto lines = split(text, '\n');
  constexpr std::size_t kLines = 4;  // the last one empty
  if (lines.size() != kLines || !lines[3].empty() || !lines[1].starts_with('/') ||
      (lines[0] != "true" && lines[0] != "false")) {
    return unreadable("the place of the work tree", text);
  }
  std::string_view offset = lines[2];
  if (offset.ends_with('/')) {
    offset.remove_suffix(1);
  }
  return Place{
      .shallow = lines[0] == "true", .root = std::string(lines[1]), .offset = std::string(offset)};
}

Result<TreeStatus> parse_status(std::string_view text) {
  TreeStatus out;
  while (!text.empty()) {
    const std::string_view record = take(text, '\0');
    if (record.starts_with('#')) {
      SOUS_TRY_VOID(read_header(record, out));
      continue;
    }
    const auto fields = record.empty() ? std::nullopt : fields_of(record.front());
    const auto path = fields ? path_behind(record, *fields) : std::nullopt;
    if (!path) {
      return unreadable("the status", record);
    }
    if (record.front() == '2') {
      take(text, '\0');  // a rename: the path it came from
    }
    ++out.changed_count;
    if (out.changed_files.size() < TreeStatus::kNamedFiles) {
      out.changed_files.emplace_back(*path);
    }
  }
  return out;
}

Result<std::vector<GitRemote>> parse_remotes(std::string_view text) {
  constexpr std::string_view kFetch = " (fetch)";
  std::vector<GitRemote> out;
  while (!text.empty()) {
    std::string_view rest = take(text, '\n');
    const std::string_view line = rest;
    const std::string_view name = take(rest, '\t');
    // A partial clone's filter stands behind.
    const std::size_t end = rest.rfind(kFetch);
    if (end == std::string_view::npos && rest.rfind(" (push)") == std::string_view::npos) {
      // A remote without URL prints its name alone.
      if (rest.empty() && !name.empty()) {
        continue;
      }
      return unreadable("the remotes", line);
    }
    if (end != std::string_view::npos) {
      out.push_back({std::string(name), std::string(rest.substr(0, end))});
    }
  }
  return out;
}

Result<std::vector<GitTag>> parse_tags(std::string_view text, char divider) {
  constexpr std::string_view kTags = "refs/tags/";
  constexpr std::string_view kPeeled = "^{}";
  std::vector<GitTag> out;
  while (!text.empty()) {
    std::string_view name = take(text, '\n');
    const std::string_view line = name;
    const std::string_view object = take(name, divider);
    if (!name.starts_with(kTags)) {
      return unreadable("the tags", line);
    }
    name.remove_prefix(kTags.size());
    Revision commit = SOUS_TRY(Revision::parse(object));
    if (!name.ends_with(kPeeled)) {
      out.push_back({std::string(name), std::move(commit)});
      continue;
    }
    // What an annotated tag stands for comes right behind the tag itself.
    name.remove_suffix(kPeeled.size());
    if (out.empty() || out.back().name != name) {
      return unreadable("the tags", line);
    }
    out.back().commit = std::move(commit);
  }
  return out;
}

Result<std::vector<TaggedTree>> parse_trees(std::string_view text) {
  std::vector<TaggedTree> out;
  while (!text.empty()) {
    std::string_view tag = take(text, '\n');
    const std::string_view line = tag;
    const std::string_view tree = take(tag, ' ');
    if (tag.empty() || (!tree.empty() && !Revision::parse(tree).has_value())) {
      return unreadable("the trees of tags", line);
    }
    out.push_back({std::string(tag), std::string(tree)});
  }
  return out;
}

Result<std::vector<std::optional<std::string>>> parse_object_names(std::string_view text) {
  std::vector<std::optional<std::string>> out;
  while (!text.empty()) {
    const std::string_view line = take(text, '\n');
    if (line.ends_with(" missing") || line.ends_with(" ambiguous")) {
      out.emplace_back();
      continue;
    }
    out.emplace_back(SOUS_TRY(Revision::parse(line)).str());
  }
  return out;
}

Status parse_tree_diffs(std::string_view text,
                        const std::function<void()>& next_pair,
                        const std::function<void(const DirectoryChange&)>& change) {
  constexpr std::string_view kDirectory = "040000";
  constexpr std::size_t kMode = 6;
  while (!text.empty()) {
    if (text.front() != ':') {
      take(text, '\n');  // the two trees
      next_pair();
      continue;
    }
    const std::string_view entry = take(text, '\0');
    const std::string_view path = take(text, '\0');
    if (entry.size() < 2 * kMode + 4 || path.empty()) {
      return unreadable("the difference of trees", entry);
    }
    const std::string_view before = entry.substr(1, kMode);
    const std::string_view after = entry.substr(kMode + 2, kMode);
    if ((before == kDirectory) != (after == kDirectory)) {
      change({.added = after == kDirectory, .path = path});
    }
  }
  return ok();
}

}  // namespace sous::source_git
