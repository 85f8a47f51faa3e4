#include "codec/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  std::vector<std::size_t> starts_;
};

// Line and column of bytes, without counting from the start each time.
class LineMap {
 public:
  explicit LineMap(std::string_view text) : text_(text) {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      starts_.push_back(at + 1);
    }
  }

  Position at(std::size_t offset) const {
    const auto line = std::ranges::upper_bound(starts_, offset) - starts_.begin() - 1;
    const std::size_t start = starts_[static_cast<std::size_t>(line)];
    Position out = position_of(text_.substr(start), offset - start);
    out.line = static_cast<std::size_t>(line) + 1;
    return out;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_{0};
};

struct DeleteEvent {
  void operator()(yaml_event_t* event) const {
    yaml_event_delete(event);
    delete event;
  }
};

using Event = std::unique_ptr<yaml_event_t, DeleteEvent>;

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
    if (ready_) {
      yaml_parser_delete(&parser_);
    }
  }

  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Null when the text is no YAML; see problem() and problem_index().
  Event next() {
    Event event(new yaml_event_t{});
    if (!ready_ || yaml_parser_parse(&parser_, event.get()) != 1) {
      return nullptr;
    }
    return event;
  }

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
  bool ready_ = false;
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

// Turns libyaml's events into a tree. Every member returns nothing, with the problem noted, when
// reading has to stop.
class Composer {
 public:
  Composer(std::string_view text,
           std::size_t base,
           Diagnostics& diagnostics,
           const YamlLimits& limits,
           const LineMap& lines)
      : text_(text),
        base_(base),
        characters_(text),
        diagnostics_(diagnostics),
        limits_(limits),
        lines_(lines),
        parser_(text) {}

  std::optional<YamlNode> document() {
    if (!expect_next() || !expect_next()) {  // the stream, then the document or its end
      return std::nullopt;
    }
    if (event_->type == YAML_STREAM_END_EVENT) {
      return YamlNode{};
    }
    if (!expect_next()) {
      return std::nullopt;
    }
    auto root = node(0, false);
    if (!root || !expect_next() || !expect_next()) {  // the document's end, then the stream's
      return std::nullopt;
    }
    if (event_->type != YAML_STREAM_END_EVENT) {
      return stop(start(), "a second document; only one is read");
    }
    return root;
  }

 private:
  using Seen = std::map<std::string, Position, std::less<>>;  // the keys of one mapping

  std::size_t start() const { return base_ + characters_.byte_of(event_->start_mark.index); }

  std::size_t end() const { return base_ + characters_.byte_of(event_->end_mark.index); }

  std::nullopt_t stop(std::size_t offset, std::string message) {
    diagnostics_.add(lines_.at(offset), std::move(message));
    return std::nullopt;
  }

  bool expect_next() {
    event_ = parser_.next();
    if (event_ == nullptr) {
      stop(base_ + parser_.problem_offset(characters_), parser_.problem());
      return false;
    }
    return true;
  }

  // The node that the current event begins.
  std::optional<YamlNode> node(std::size_t depth, bool in_flow) {
    if (++nodes_ > limits_.nodes) {
      return stop(start(),
                  "more values than the " + std::to_string(limits_.nodes) + " that are read");
    }
    if (depth > limits_.depth) {
      return stop(start(),
                  "deeper than the " + std::to_string(limits_.depth) + " levels that are read");
    }
    YamlNode out;
    out.span = {start(), end()};
    out.at = lines_.at(out.span.begin);
    out.in_flow = in_flow;
    switch (event_->type) {
      case YAML_ALIAS_EVENT:
        return alias(out);
      case YAML_SCALAR_EVENT:
        return scalar(std::move(out));
      case YAML_SEQUENCE_START_EVENT:
        return sequence(std::move(out), depth);
      default:
        return mapping(std::move(out), depth);
    }
  }

  std::optional<YamlNode> alias(const YamlNode& at) {
    const std::string name = text_of(event_->data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      return stop(at.span.begin, "the alias *" + name + " refers to no anchor before it");
    }
    nodes_ += node_count(found->second);
    if (nodes_ > limits_.nodes) {
      return stop(at.span.begin, "aliases repeat more than is read");
    }
    YamlNode out = found->second;
    relocate(out, at);
    return out;
  }

  std::optional<YamlNode> scalar(YamlNode out) {
    const auto& data = event_->data.scalar;
    out.text = text_of(data.value, data.length);
    out.style = style_of(data.style);
    out.tagged = data.tag != nullptr;
    if (out.style == YamlNode::Style::literal || out.style == YamlNode::Style::folded) {
      out.span.end = end_of_content(out.span);
    }
    return bind(std::move(out), data.anchor, data.tag);
  }

  // libyaml ends a block scalar at the next token; its content ends before.
  std::size_t end_of_content(Span span) const {
    const auto content = text_.substr(span.begin - base_, span.end - span.begin);
    return span.begin + content.find_last_not_of(" \t\r\n") + 1;
  }

  std::optional<YamlNode> bind(YamlNode out, const yaml_char_t* anchor, const yaml_char_t* tag) {
    out.bound = anchor != nullptr || tag != nullptr;
    if (anchor != nullptr) {
      nodes_ += node_count(out);  // the copy takes memory too
      anchors_.insert_or_assign(text_of(anchor), out);
    }
    return out;
  }

  std::optional<YamlNode> sequence(YamlNode out, std::size_t depth) {
    out.kind = YamlNode::Kind::sequence;
    const bool flow = event_->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    out.style = flow ? YamlNode::Style::flow : YamlNode::Style::block;
    const Event opening = std::move(event_);
    while (true) {
      if (!expect_next()) {
        return std::nullopt;
      }
      if (event_->type == YAML_SEQUENCE_END_EVENT) {
        break;
      }
      auto item = node(depth + 1, out.in_flow || flow);
      if (!item) {
        return std::nullopt;
      }
      out.span.end = item->span.end;
      out.items.push_back(std::move(*item));
    }
    if (flow) {
      out.span.end = end();
    }
    const auto& data = opening->data.sequence_start;
    return bind(std::move(out), data.anchor, data.tag);
  }

  std::optional<YamlNode> mapping(YamlNode out, std::size_t depth) {
    out.kind = YamlNode::Kind::mapping;
    const bool flow = event_->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    out.style = flow ? YamlNode::Style::flow : YamlNode::Style::block;
    const Event opening = std::move(event_);
    Seen seen;
    std::vector<YamlNode> merges;
    while (true) {
      if (!expect_next()) {
        return std::nullopt;
      }
      if (event_->type == YAML_MAPPING_END_EVENT) {
        break;
      }
      auto key = node(depth + 1, out.in_flow || flow);
      if (!key || !expect_next()) {
        return std::nullopt;
      }
      if (key->kind != YamlNode::Kind::scalar) {
        return stop(key->span.begin, "a key must be a plain or quoted text");
      }
      auto value = node(depth + 1, out.in_flow || flow);
      if (!value) {
        return std::nullopt;
      }
      out.span.end = std::max(out.span.end, std::max(key->span.end, value->span.end));
      if (key->text == kMergeKey && key->style == YamlNode::Style::plain) {
        merges.push_back(std::move(*value));
        continue;
      }
      const auto [first, is_new] = seen.emplace(key->text, key->at);
      if (!is_new) {
        diagnostics_.add(key->at,
                         "the key " + quote(key->text) + " stands already on line " +
                             std::to_string(first->second.line));
        continue;
      }
      out.entries.push_back({std::move(*key), std::move(*value)});
    }
    if (flow) {
      out.span.end = end();
    }
    for (const YamlNode& merge : merges) {
      if (!merge_into(out, merge, seen)) {
        return std::nullopt;
      }
    }
    const auto& data = opening->data.mapping_start;
    return bind(std::move(out), data.anchor, data.tag);
  }

  // `<<`: the entries of other mappings, where the mapping has none of that name itself.
  bool merge_into(YamlNode& mapping, const YamlNode& from, Seen& seen, int depth = 0) {
    if (from.is_sequence() && depth == 0) {
      return std::ranges::all_of(
          from.items, [&](const YamlNode& item) { return merge_into(mapping, item, seen, 1); });
    }
    if (!from.is_mapping()) {
      stop(from.span.begin, "`<<` must name a mapping, or a list of them");
      return false;
    }
    for (const YamlEntry& entry : from.entries) {
      if (seen.emplace(entry.key.text, from.at).second) {
        mapping.entries.push_back(entry);
        relocate(mapping.entries.back().key, from);
        relocate(mapping.entries.back().value, from);
      }
    }
    return true;
  }

  std::string_view text_;
  std::size_t base_;
  CharacterMap characters_;
  Diagnostics& diagnostics_;
  const YamlLimits& limits_;
  const LineMap& lines_;
  Parser parser_;
  Event event_;
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
  const LineMap lines(text);
  auto root = Composer(text.substr(base), base, diagnostics, limits, lines).document();
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return std::move(*root);
}

}  // namespace sous::codec
