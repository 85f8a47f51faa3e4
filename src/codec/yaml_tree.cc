#include "codec/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"

namespace sous::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kMergeKey = "<<";

// libyaml counts characters, the tree counts bytes: where in a text its n-th character begins.
class CharacterMap {
 public:
  explicit CharacterMap(std::string_view text) : text_(text) {
    if (std::ranges::none_of(text, is_continuation)) {
      return;  // most texts: each character is one byte
    }
    std::size_t character = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (is_continuation(text[at])) {
        continue;
      }
      if (character % kStep == 0) {
        starts_.push_back(at);
      }
      ++character;
    }
  }

  std::size_t byte_of(std::size_t character) const {
    if (starts_.empty()) {
      return std::min(character, text_.size());
    }
    const std::size_t step = character / kStep;
    if (step >= starts_.size()) {
      return text_.size();
    }
    std::size_t at = starts_[step];
    for (std::size_t left = character % kStep; left > 0 && at < text_.size(); --left) {
      ++at;
      while (at < text_.size() && is_continuation(text_[at])) {
        ++at;
      }
    }
    return at;
  }

 private:
  static constexpr std::size_t kStep = 64;

  static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

  std::string_view text_;
  std::vector<std::size_t> starts_;  // empty: all is ASCII
};

// Line and column of bytes that are mostly asked for one after the other.
class LineFinder {
 public:
  explicit LineFinder(std::string_view text) : text_(text) {}

  Position at(std::size_t offset) {
    if (offset < start_) {
      line_ = 1;
      start_ = 0;
    }
    for (auto end = text_.find('\n', start_); end < offset; end = text_.find('\n', start_)) {
      start_ = end + 1;
      ++line_;
    }
    Position out = position_of(text_.substr(start_), offset - start_);
    out.line = line_;
    return out;
  }

 private:
  std::string_view text_;
  std::size_t line_ = 1;
  std::size_t start_ = 0;  // of that line
};

// libyaml's events, one after the other.
class Parser {
 public:
  explicit Parser(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) == 1;
    if (ready_) {
      yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
      yaml_parser_set_input_string(
          &parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
  }

  ~Parser() {
    yaml_event_delete(&event_);
    if (ready_) {
      yaml_parser_delete(&parser_);
    }
  }

  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // False when the text is no YAML; see problem() and problem_offset().
  bool next() {
    yaml_event_delete(&event_);
    return ready_ && yaml_parser_parse(&parser_, &event_) == 1;
  }

  // The one that next() read; until the next one.
  const yaml_event_t& event() const { return event_; }

  std::string problem() const {
    std::string out = parser_.problem == nullptr ? "out of memory" : parser_.problem;
    if (parser_.context != nullptr) {
      out += std::string(" ") + parser_.context + " that began on line " +
             std::to_string(parser_.context_mark.line + 1);
    }
    return "not YAML: " + out;
  }

  // The byte at which it was seen.
  std::size_t problem_offset(const CharacterMap& characters) const {
    return parser_.error == YAML_READER_ERROR ? parser_.problem_offset
                                              : characters.byte_of(parser_.problem_mark.index);
  }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ready_ = false;
};

// The keys of one mapping while it is read. Most have few, which are looked through.
class Keys {
 public:
  // The entry of that key; null when there is none.
  const YamlEntry* find(const std::vector<YamlEntry>& entries, std::string_view key) {
    if (entries.size() <= kFew) {
      const auto found = std::ranges::find(
          entries, key, [](const YamlEntry& entry) { return std::string_view(entry.key.text); });
      return found == entries.end() ? nullptr : &*found;
    }
    for (; known_ < entries.size(); ++known_) {
      places_.emplace(entries[known_].key.text, known_);
    }
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &entries[found->second];
  }

 private:
  static constexpr std::size_t kFew = 16;

  std::map<std::string, std::size_t, std::less<>> places_;
  std::size_t known_ = 0;
};

std::string text_of(const yaml_char_t* value, std::size_t size) {
  return {reinterpret_cast<const char*>(value), size};
}

std::string text_of(const yaml_char_t* value) {
  return value == nullptr ? std::string() : reinterpret_cast<const char*>(value);
}

YamlNode::Style style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return YamlNode::Style::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return YamlNode::Style::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return YamlNode::Style::literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return YamlNode::Style::folded;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
      break;
  }
  return YamlNode::Style::plain;
}

std::size_t node_count(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) {
    count += node_count(item);
  }
  for (const YamlEntry& entry : node.entries) {
    count += 1 + node_count(entry.value);
  }
  return count;
}

// Everything below an alias stands where the alias stands, and must not be edited.
void relocate(YamlNode& node, const YamlNode& alias) {
  node.span = alias.span;
  node.at = alias.at;
  node.bound = true;
  for (YamlNode& item : node.items) {
    relocate(item, alias);
  }
  for (YamlEntry& entry : node.entries) {
    relocate(entry.key, alias);
    relocate(entry.value, alias);
  }
}

// Turns libyaml's events into a tree. Every member that reads is false, with the problem noted,
// when reading has to stop.
class Composer {
 public:
  Composer(std::string_view text,
           std::size_t base,
           Diagnostics& diagnostics,
           const YamlLimits& limits,
           LineFinder& lines)
      : text_(text),
        base_(base),
        characters_(text),
        diagnostics_(diagnostics),
        limits_(limits),
        lines_(lines),
        parser_(text) {}

  bool document(YamlNode& root) {
    if (!next() || !next()) {  // the stream, then the document or its end
      return false;
    }
    if (type() == YAML_STREAM_END_EVENT) {
      return true;
    }
    if (!next() || !node(root, 0, false) || !next() || !next()) {  // the ends of both
      return false;
    }
    if (type() != YAML_STREAM_END_EVENT) {
      return stop(start(), "a second document; only one is read");
    }
    return true;
  }

 private:
  // What a collection's first event says, which is gone when its last one is read.
  struct Binding {
    std::string anchor;
    bool has_anchor = false;
    bool has_tag = false;
  };

  yaml_event_type_t type() const { return parser_.event().type; }

  std::size_t start() const {
    return base_ + characters_.byte_of(parser_.event().start_mark.index);
  }

  std::size_t end() const { return base_ + characters_.byte_of(parser_.event().end_mark.index); }

  bool stop(std::size_t offset, std::string message) {
    diagnostics_.add(lines_.at(offset), std::move(message));
    return false;
  }

  bool next() {
    return parser_.next() || stop(base_ + parser_.problem_offset(characters_), parser_.problem());
  }

  // The node that the current event begins.
  bool node(YamlNode& out, std::size_t depth, bool in_flow) {
    if (++nodes_ > limits_.nodes) {
      return stop(start(),
                  "more values than the " + std::to_string(limits_.nodes) + " that are read");
    }
    if (depth > limits_.depth) {
      return stop(start(),
                  "deeper than the " + std::to_string(limits_.depth) + " levels that are read");
    }
    out.span = {start(), end()};
    out.at = lines_.at(out.span.begin);
    out.in_flow = in_flow;
    switch (type()) {
      case YAML_ALIAS_EVENT:
        return alias(out);
      case YAML_SCALAR_EVENT:
        scalar(out);
        return true;
      case YAML_SEQUENCE_START_EVENT:
        return sequence(out, depth);
      default:
        return mapping(out, depth);
    }
  }

  bool alias(YamlNode& out) {
    const std::string name = text_of(parser_.event().data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      return stop(out.span.begin, "the alias *" + name + " refers to no anchor before it");
    }
    nodes_ += node_count(found->second);
    if (nodes_ > limits_.nodes) {
      return stop(out.span.begin, "aliases repeat more than is read");
    }
    YamlNode copy = found->second;
    relocate(copy, out);
    out = std::move(copy);
    return true;
  }

  void scalar(YamlNode& out) {
    const auto& data = parser_.event().data.scalar;
    out.text = text_of(data.value, data.length);
    out.style = style_of(data.style);
    out.tagged = data.tag != nullptr;
    if (out.style == YamlNode::Style::literal || out.style == YamlNode::Style::folded) {
      out.span.end = end_of_content(out.span);
    }
    bind(out, binding(data.anchor, data.tag));
  }

  // libyaml ends a block scalar at the next token; its content ends before.
  std::size_t end_of_content(Span span) const {
    const auto content = text_.substr(span.begin - base_, span.end - span.begin);
    return span.begin + content.find_last_not_of(" \t\r\n") + 1;
  }

  static Binding binding(const yaml_char_t* anchor, const yaml_char_t* tag) {
    return {.anchor = text_of(anchor), .has_anchor = anchor != nullptr, .has_tag = tag != nullptr};
  }

  void bind(YamlNode& out, const Binding& binding) {
    out.bound = binding.has_anchor || binding.has_tag;
    if (binding.has_anchor) {
      nodes_ += node_count(out);  // the copy takes memory too
      anchors_.insert_or_assign(binding.anchor, out);
    }
  }

  bool sequence(YamlNode& out, std::size_t depth) {
    const auto& data = parser_.event().data.sequence_start;
    const Binding bound = binding(data.anchor, data.tag);
    const bool flow = data.style == YAML_FLOW_SEQUENCE_STYLE;
    out.kind = YamlNode::Kind::sequence;
    out.style = flow ? YamlNode::Style::flow : YamlNode::Style::block;
    while (true) {
      if (!next()) {
        return false;
      }
      if (type() == YAML_SEQUENCE_END_EVENT) {
        break;
      }
      YamlNode& item = out.items.emplace_back();
      if (!node(item, depth + 1, out.in_flow || flow)) {
        return false;
      }
      out.span.end = item.span.end;
    }
    if (flow) {
      out.span.end = end();
    }
    bind(out, bound);
    return true;
  }

  bool mapping(YamlNode& out, std::size_t depth) {
    const auto& data = parser_.event().data.mapping_start;
    const Binding bound = binding(data.anchor, data.tag);
    const bool flow = data.style == YAML_FLOW_MAPPING_STYLE;
    out.kind = YamlNode::Kind::mapping;
    out.style = flow ? YamlNode::Style::flow : YamlNode::Style::block;
    out.entries.reserve(kUsualEntries);
    Keys keys;
    std::vector<YamlNode> merges;
    while (true) {
      if (!next()) {
        return false;
      }
      if (type() == YAML_MAPPING_END_EVENT) {
        break;
      }
      YamlEntry entry;
      if (!node(entry.key, depth + 1, out.in_flow || flow) || !next()) {
        return false;
      }
      if (entry.key.kind != YamlNode::Kind::scalar) {
        return stop(entry.key.span.begin, "a key must be a plain or quoted text");
      }
      if (!node(entry.value, depth + 1, out.in_flow || flow)) {
        return false;
      }
      out.span.end = std::max({out.span.end, entry.key.span.end, entry.value.span.end});
      if (entry.key.text == kMergeKey && entry.key.style == YamlNode::Style::plain) {
        merges.push_back(std::move(entry.value));
      } else if (const YamlEntry* first = keys.find(out.entries, entry.key.text)) {
        diagnostics_.add(entry.key.at,
                         "the key " + quote(entry.key.text) + " stands already on line " +
                             std::to_string(first->key.at.line));
      } else {
        out.entries.push_back(std::move(entry));
      }
    }
    if (flow) {
      out.span.end = end();
    }
    for (const YamlNode& merge : merges) {
      if (!merge_into(out, merge, keys)) {
        return false;
      }
    }
    bind(out, bound);
    return true;
  }

  // `<<`: the entries of other mappings, where the mapping has none of that name itself.
  bool merge_into(YamlNode& mapping, const YamlNode& from, Keys& keys, int depth = 0) {
    if (from.is_sequence() && depth == 0) {
      return std::ranges::all_of(
          from.items, [&](const YamlNode& item) { return merge_into(mapping, item, keys, 1); });
    }
    if (!from.is_mapping()) {
      return stop(from.span.begin, "`<<` must name a mapping, or a list of them");
    }
    for (const YamlEntry& entry : from.entries) {
      if (keys.find(mapping.entries, entry.key.text) == nullptr) {
        mapping.entries.push_back(entry);
        relocate(mapping.entries.back().key, from);
        relocate(mapping.entries.back().value, from);
      }
    }
    return true;
  }

  static constexpr std::size_t kUsualEntries = 8;

  std::string_view text_;
  std::size_t base_;
  CharacterMap characters_;
  Diagnostics& diagnostics_;
  const YamlLimits& limits_;
  LineFinder& lines_;
  Parser parser_;
  std::map<std::string, YamlNode> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

bool YamlNode::is_null() const {
  constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
  return kind == Kind::scalar && style == Style::plain && !tagged &&
         std::ranges::find(kNulls, text) != kNulls.end();
}

const YamlEntry* YamlNode::find_entry(std::string_view key) const {
  const auto found =
      std::ranges::find_if(entries, [&](const YamlEntry& entry) { return entry.key.text == key; });
  return found == entries.end() ? nullptr : &*found;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const YamlEntry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

Result<YamlNode> parse_yaml(const std::string& path,
                            std::string_view text,
                            const YamlLimits& limits) {
  Diagnostics diagnostics(path, text);
  if (text.size() > limits.bytes) {
    return Error(Code::invalid_data,
                 "`" + path + "` has " + std::to_string(text.size()) + " bytes, more than the " +
                     std::to_string(limits.bytes) + " that are read");
  }
  if (!is_valid_utf8(text)) {
    return Error(Code::invalid_data, "`" + path + "` is not UTF-8");
  }
  const std::size_t base = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  LineFinder lines(text);
  YamlNode root;
  static_cast<void>(Composer(text.substr(base), base, diagnostics, limits, lines).document(root));
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return root;
}

}  // namespace sous::codec
