#include "codec/yaml_edit.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"
#include "codec/yaml_meaning.h"

namespace sous::codec {
namespace {

using Kind = YamlNode::Kind;
using Style = YamlNode::Style;
using PathView = std::span<const std::string>;

constexpr std::size_t kIndentStep = 2;

struct Patch {
  Span span;
  std::string text;
};

using Patches = std::vector<Patch>;

// ---- what the result must mean ----------------------------------------------

// The value at the end of the path, with what is missing on the way made.
YamlValue& descend(YamlValue& root, PathView path) {
  YamlValue* at = &root;
  for (const std::string& key : path) {
    if (at->kind != Kind::mapping) {
      *at = YamlValue::mapping();
    }
    const auto found = std::ranges::find(at->entries, key, &YamlValue::Entry::key);
    if (found == at->entries.end()) {
      at->entries.push_back({.key = key, .value = {.raw = true}});
      at = &at->entries.back().value;
    } else {
      at = &found->value;
    }
  }
  return *at;
}

// ---- one text ---------------------------------------------------------------

class Document {
 public:
  static Result<Document> read(std::string_view text) {
    YamlNode root = SOUS_TRY(parse_yaml("text", text));
    return Document(text, std::move(root));
  }

  const YamlNode& root() const noexcept { return root_; }

  // The entry under a mapping's own key, as far as it may be edited.
  struct Place {
    const YamlNode* node = nullptr;    // the deepest value that is there
    const YamlEntry* entry = nullptr;  // the entry it is the value of; null at the root
    const YamlNode* around = nullptr;  // the mapping of that entry
    std::size_t found = 0;             // keys of the path that are there
  };

  Place walk(PathView path) const {
    Place place{.node = &root_};
    for (const std::string& key : path) {
      const YamlEntry* entry = place.node->find_entry(key);
      if (entry == nullptr) {
        break;
      }
      place = {
          .node = &entry->value, .entry = entry, .around = place.node, .found = place.found + 1};
    }
    return place;
  }

  Error refuse(const YamlNode& at, const std::string& why) const {
    return Error(Code::unsupported,
                 "line " + std::to_string(at.at.line) + " cannot be edited in place: " + why)
        .hinted("edit the file by hand");
  }

  // Replaces a scalar.
  Result<Patches> replace(const YamlNode& old, const YamlValue& value) const {
    if (old.bound) {
      return refuse(old, "the value has an anchor, an alias or a tag");
    }
    std::string text =
        value.kind == Kind::scalar ? yaml_scalar(value, old.in_flow, old.style) : yaml_flow(value);
    if (old.span.begin == old.span.end) {
      text.insert(0, " ");  // `Key:` has no space to stand on
    }
    return Patches{{old.span, std::move(text)}};
  }

  // Adds an entry to what stands at `place`: a mapping or nothing yet.
  Result<Patches> add_entry(const Place& place, const std::string& key, YamlValue value) const {
    YamlValue entry = YamlValue::mapping();
    entry.add(key, std::move(value));
    return add(place, entry, Kind::mapping);
  }

  Result<Patches> add_item(const Place& place, YamlValue value) const {
    YamlValue item = YamlValue::sequence();
    item.items.push_back(std::move(value));
    return add(place, item, Kind::sequence);
  }

  Result<Patches> remove(const Place& place) const {
    const YamlNode& around = *place.around;
    if (place.node->bound || around.bound || place.entry->key.bound) {
      return refuse(place.entry->key, "an anchor, an alias or a tag stands here");
    }
    const bool alone = around.entries.size() == 1;
    if (around.style == Style::flow) {
      return alone ? Patches{{around.span, "{}"}} : remove_from_flow(*place.entry, around);
    }
    return remove_from_block(place, alone);
  }

  std::string apply(Patches patches) const {
    // An insertion goes before a removal that begins at the same place.
    std::ranges::sort(
        patches, {}, [](const Patch& p) { return std::pair(p.span.begin, p.span.end); });
    std::string out;
    std::size_t at = 0;
    for (const Patch& patch : patches) {
      out += text_.substr(at, patch.span.begin - at);
      out += patch.text;
      at = patch.span.end;
    }
    return out + std::string(text_.substr(at));
  }

 private:
  Document(std::string_view text, YamlNode root) : text_(text), root_(std::move(root)) {}

  // Adds the one child of `child`, a collection of `kind`, to the node at `place`.
  Result<Patches> add(const Place& place, const YamlValue& child, Kind kind) const {
    const YamlNode& node = *place.node;
    if (node.bound) {
      return refuse(node, "an anchor, an alias or a tag stands here");
    }
    const bool empty =
        node.is_null() || (node.items.empty() && node.entries.empty() && node.kind != Kind::scalar);
    if (!empty && node.kind != kind) {
      return refuse(node, "the value is of another kind");
    }
    if (empty) {
      return fill(place, child);
    }
    return node.style == Style::flow ? add_to_flow(node, child) : add_to_block(node, child);
  }

  // Puts the first child into a null, `{}` or `[]`.
  Result<Patches> fill(const Place& place, const YamlValue& child) const {
    const YamlNode& node = *place.node;
    if (place.entry == nullptr && node.is_null() && node.span.begin == node.span.end) {
      return Patches{{{text_.size(), text_.size()}, after_end() + block(child, 0)}};
    }
    const bool own_line = place.entry != nullptr && !node.in_flow &&
                          place.around->style == Style::block &&
                          line_start(place.entry->key.span.begin) == line_start(node.span.begin);
    if (!own_line) {
      const std::string space = node.span.begin == node.span.end ? " " : "";
      return Patches{{node.span, space + yaml_flow(child)}};
    }
    // The value moves to lines of its own; a comment beside it stays.
    const std::size_t column = indent_of(*place.around);
    const std::size_t indent = child.kind == Kind::sequence ? column : column + kIndentStep;
    Patches out = {new_lines(line_end(node.span.end), block(child, indent))};
    if (node.span.begin != node.span.end) {
      const auto before = text_.find_last_not_of(" \t", node.span.begin - 1);
      out.push_back({{before + 1, node.span.end}, ""});
    }
    return out;
  }

  Result<Patches> add_to_flow(const YamlNode& node, const YamlValue& child) const {
    const YamlNode& last =
        node.kind == Kind::mapping ? node.entries.back().value : node.items.back();
    if (last.bound) {
      return refuse(last, "an anchor, an alias or a tag stands here");
    }
    const std::string flow = yaml_flow(child);
    const std::string inner = flow.substr(1, flow.size() - 2);
    return Patches{{{last.span.end, last.span.end}, ", " + inner}};
  }

  Result<Patches> add_to_block(const YamlNode& node, const YamlValue& child) const {
    return Patches{new_lines(end_of_block(node), block(child, indent_of(node)))};
  }

  Result<Patches> remove_from_flow(const YamlEntry& entry, const YamlNode& around) const {
    const auto index = static_cast<std::size_t>(&entry - around.entries.data());
    if (index + 1 < around.entries.size()) {
      const YamlEntry& next = around.entries[index + 1];
      return Patches{{{entry.key.span.begin, next.key.span.begin}, ""}};
    }
    const YamlEntry& previous = around.entries[index - 1];
    return Patches{{{previous.value.span.end, entry.value.span.end}, ""}};
  }

  Result<Patches> remove_from_block(const Place& place, bool alone) const {
    const std::size_t begin = place.entry->key.span.begin;
    const std::size_t first = line_start(begin);
    const bool own_line =
        text_.substr(first, begin - first).find_first_not_of(' ') == std::string_view::npos;
    const std::size_t last_byte = std::max(place.entry->key.span.end, place.node->span.end);
    const std::size_t next = next_line(end_of(*place.node, last_byte));
    if (!own_line) {
      const auto index = static_cast<std::size_t>(place.entry - place.around->entries.data());
      if (alone || index + 1 >= place.around->entries.size()) {
        return refuse(place.entry->key, "the key shares its line with what stands around it");
      }
      // `- a: 1` with a next line `  b: 2` becomes `- b: 2`.
      return Patches{{{begin, place.around->entries[index + 1].key.span.begin}, ""}};
    }
    Patches out = {{{first, next}, ""}};
    if (alone && place.around != &root_) {
      const std::size_t colon = end_of_line_before(*place.around);
      out.push_back({{colon, colon}, " {}"});
    }
    return out;
  }

  // Where `Key:` ends that has the block mapping `around` as its value.
  std::size_t end_of_line_before(const YamlNode& around) const {
    return parent_key_end(root_, around).value_or(around.span.begin);
  }

  std::optional<std::size_t> parent_key_end(const YamlNode& node, const YamlNode& wanted) const {
    for (const YamlEntry& entry : node.entries) {
      if (&entry.value == &wanted) {
        return text_.find(':', entry.key.span.end) + 1;
      }
      if (const auto found = parent_key_end(entry.value, wanted)) {
        return found;
      }
    }
    return std::nullopt;
  }

  // ---- places in the text ---------------------------------------------------

  std::size_t line_start(std::size_t at) const {
    const auto newline = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
  }

  // Where the line break of the line of `at` begins.
  std::size_t line_end(std::size_t at) const {
    const auto newline = text_.find('\n', at);
    if (newline == std::string_view::npos) {
      return text_.size();
    }
    return newline > at && text_[newline - 1] == '\r' ? newline - 1 : newline;
  }

  std::size_t next_line(std::size_t at) const {
    const auto newline = text_.find('\n', at);
    return newline == std::string_view::npos ? text_.size() : newline + 1;
  }

  // The end of a node whose last byte is before `end`, with the blank lines that a block scalar
  // keeps.
  std::size_t end_of(const YamlNode& node, std::size_t end) const {
    if (node.kind != Kind::scalar) {
      for (const YamlNode& item : node.items) {
        if (item.span.end == end) {
          return end_of(item, end);
        }
      }
      for (const YamlEntry& entry : node.entries) {
        if (entry.value.span.end == end && !entry.value.bound) {
          return end_of(entry.value, end);
        }
      }
      return end;
    }
    const bool block_scalar = node.style == Style::literal || node.style == Style::folded;
    const std::string_view header = text_.substr(node.span.begin, 3);
    if (!block_scalar || header.find('+') == std::string_view::npos) {
      return end;
    }
    std::size_t at = end;
    while (next_line(at) < text_.size() &&
           trim(text_.substr(next_line(at), line_end(next_line(at)) - next_line(at))).empty()) {
      at = next_line(at);
    }
    return at;
  }

  std::size_t end_of_block(const YamlNode& node) const {
    return line_end(end_of(node, node.span.end));
  }

  // The column at which the children of a block collection begin.
  std::size_t indent_of(const YamlNode& node) const {
    const Span first = node.kind == Kind::mapping ? node.entries.front().key.span : node.span;
    return position_of(text_, first.begin).column - 1;
  }

  // ---- texts ----------------------------------------------------------------

  std::string_view newline() const {
    const auto at = text_.find('\n');
    return at != std::string_view::npos && at > 0 && text_[at - 1] == '\r' ? "\r\n" : "\n";
  }

  std::string after_end() const {
    return text_.empty() || text_.ends_with('\n') ? "" : std::string(newline());
  }

  std::string block(const YamlValue& value, std::size_t indent) const {
    std::string out = yaml_block(value, indent);
    if (newline() == "\n") {
      return out;
    }
    std::string converted;
    for (const char c : out) {
      converted += c == '\n' ? "\r\n" : std::string(1, c);
    }
    return converted;
  }

  // Inserts whole lines after the line that ends at `at`.
  Patch new_lines(std::size_t at, std::string lines) const {
    lines.resize(lines.size() - newline().size());
    return {{at, at}, std::string(newline()) + lines};
  }

  std::string_view text_;
  YamlNode root_;
};

// Applies the patches, and checks that the result says exactly what is expected.
Result<std::string> finish(const Document& document, Patches patches, const YamlValue& expected) {
  std::string out = document.apply(std::move(patches));
  const auto root = parse_yaml("text", out);
  if (!root || !means_same(value_of(*root), expected)) {
    return document.refuse(document.root(), "its layout does not allow it");
  }
  return out;
}

}  // namespace

Result<std::string> yaml_set(std::string_view text, const YamlPath& path, const YamlValue& value) {
  const Document document = SOUS_TRY(Document::read(text));
  const auto place = document.walk(path);
  const PathView missing = PathView(path).subspan(place.found);
  YamlValue expected = value_of(document.root());
  descend(expected, path) = value;

  const YamlNode& node = *place.node;
  if (!missing.empty()) {
    if (!node.is_mapping() && !node.is_null() && !(node.is_sequence() && node.items.empty())) {
      return document.refuse(node, "the value is no mapping");
    }
    YamlValue tail = value;
    for (const std::string& key : std::vector<std::string>(missing.rbegin(), missing.rend() - 1)) {
      YamlValue around = YamlValue::mapping();
      around.add(key, std::move(tail));
      tail = std::move(around);
    }
    auto patches = SOUS_TRY(document.add_entry(place, missing.front(), std::move(tail)));
    return finish(document, std::move(patches), expected);
  }
  if (!node.items.empty() || !node.entries.empty()) {
    return document.refuse(node, "the value is a list or a mapping");
  }
  auto patches = SOUS_TRY(document.replace(node, value));
  return finish(document, std::move(patches), expected);
}

Result<std::string> yaml_append(std::string_view text,
                                const YamlPath& path,
                                const YamlValue& value) {
  const Document document = SOUS_TRY(Document::read(text));
  const auto place = document.walk(path);
  if (place.found < path.size()) {
    YamlValue list = YamlValue::sequence();
    list.items.push_back(value);
    return yaml_set(text, path, list);
  }
  YamlValue expected = value_of(document.root());
  YamlValue& list = descend(expected, path);
  list.kind = Kind::sequence;
  list.items.push_back(value);
  auto patches = SOUS_TRY(document.add_item(place, value));
  return finish(document, std::move(patches), expected);
}

Result<std::string> yaml_remove(std::string_view text, const YamlPath& path) {
  const Document document = SOUS_TRY(Document::read(text));
  const auto place = document.walk(path);
  if (path.empty() || place.found < path.size()) {
    return Error(Code::not_found, "there is no `" + join(path, ".") + "`");
  }
  YamlValue expected = value_of(document.root());
  YamlValue& around = descend(expected, PathView(path).first(path.size() - 1));
  std::erase_if(around.entries, [&](const auto& entry) { return entry.key == path.back(); });
  auto patches = SOUS_TRY(document.remove(place));
  return finish(document, std::move(patches), expected);
}

}  // namespace sous::codec
