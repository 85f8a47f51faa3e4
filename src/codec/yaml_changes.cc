#include "codec/yaml_changes.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "codec/yaml_meaning.h"
#include "codec/yaml_tree.h"

namespace sous::codec {
namespace {

using Kind = YamlNode::Kind;

const YamlValue* find(const YamlValue& mapping, const std::string& key) {
  const auto found = std::ranges::find(mapping.entries, key, &YamlValue::Entry::key);
  return found == mapping.entries.end() ? nullptr : &found->value;
}

bool is_nothing(const YamlValue& value) {
  return value.items.empty() && value.entries.empty() &&
         (value.kind != Kind::scalar || (value.raw && value.text.empty()));
}

/// Whether keys can stand below it.
bool holds_keys(const YamlValue& value) { return value.kind == Kind::mapping || is_nothing(value); }

// An empty text is something; a null, `{}` and `[]` are the same nothing.
bool equal(const YamlValue& a, const YamlValue& b) {
  return is_nothing(a) == is_nothing(b) && means_same(a, b);
}

bool equal(const YamlValue* a, const std::optional<YamlValue>& b) {
  return a == nullptr || !b ? a == nullptr && !b : equal(*a, *b);
}

std::optional<YamlValue> copy_of(const YamlValue* value) {
  return value == nullptr ? std::nullopt : std::optional{*value};
}

void compare(YamlPath& path,
             const YamlValue* from,
             const YamlValue* to,
             std::vector<YamlChange>& out) {
  if (from != nullptr && to != nullptr) {
    if (equal(*from, *to)) {
      return;
    }
    if (holds_keys(*from) && holds_keys(*to)) {
      for (const auto& [key, value] : from->entries) {
        path.push_back(key);
        compare(path, &value, find(*to, key), out);
        path.pop_back();
      }
      for (const auto& [key, value] : to->entries) {
        if (find(*from, key) == nullptr) {
          path.push_back(key);
          compare(path, nullptr, &value, out);
          path.pop_back();
        }
      }
      return;
    }
  }
  out.push_back({path, copy_of(from), copy_of(to)});
}

Result<YamlValue> read(std::string_view text) {
  return value_of(SOUS_TRY(parse_yaml("text", text)));
}

/// A text while changes are made in it.
class Merger {
 public:
  explicit Merger(std::string_view text) : out_{std::string(text), {}} {}

  Status make(const YamlChange& change) {
    const YamlValue root = SOUS_TRY(read(out_.text));
    const YamlValue* now = &root;
    for (std::size_t i = 0; i < change.path.size(); ++i) {
      const YamlValue* around = now;
      now = find(*around, change.path[i]);
      const bool last = i + 1 == change.path.size();
      if (!holds_keys(*around) || (now == nullptr && !last)) {
        out_.conflicts.push_back(change);  // what it stood in is gone
        return ok();
      }
    }
    return make_at(change, now);
  }

  YamlMerge take() { return std::move(out_); }

 private:
  Status make_at(const YamlChange& change, const YamlValue* now) {
    if (equal(now, change.to)) {
      return ok();
    }
    if (equal(now, change.from)) {
      out_.text = SOUS_TRY(edited(change));
      return ok();
    }
    const bool both_added = !change.from && now != nullptr && change.to &&
                            now->kind == Kind::mapping && change.to->kind == Kind::mapping;
    if (!both_added) {
      out_.conflicts.push_back(change);
      return ok();
    }
    for (const auto& [key, value] : change.to->entries) {
      YamlPath path = change.path;
      path.push_back(key);
      SOUS_TRY_VOID(make({.path = std::move(path), .from = std::nullopt, .to = value}));
    }
    return ok();
  }

  Result<std::string> edited(const YamlChange& change) const {
    if (!change.to) {
      return yaml_remove(out_.text, change.path);
    }
    const bool single =
        change.to->kind == Kind::scalar && (!change.from || change.from->kind == Kind::scalar);
    if (single || !change.from || is_nothing(*change.from)) {
      return yaml_set(out_.text, change.path, *change.to);
    }
    if (grows(*change.from, *change.to)) {
      std::string text = out_.text;
      for (std::size_t i = change.from->items.size(); i < change.to->items.size(); ++i) {
        text = SOUS_TRY(yaml_append(text, change.path, change.to->items[i]));
      }
      return text;
    }
    return yaml_set(SOUS_TRY(yaml_remove(out_.text, change.path)), change.path, *change.to);
  }

  /// Whether a list only got further items.
  static bool grows(const YamlValue& from, const YamlValue& to) {
    return from.kind == Kind::sequence && to.kind == Kind::sequence &&
           from.items.size() < to.items.size() &&
           std::equal(from.items.begin(), from.items.end(), to.items.begin(), means_same);
  }

  YamlMerge out_;
};

void blank_scalars(const YamlNode& node, std::string& text) {
  if (node.kind == Kind::scalar) {
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(node.span.begin),
              text.begin() + static_cast<std::ptrdiff_t>(node.span.end),
              'x');
  }
  for (const YamlNode& item : node.items) {
    blank_scalars(item, text);
  }
  for (const YamlEntry& entry : node.entries) {
    blank_scalars(entry.key, text);
    blank_scalars(entry.value, text);
  }
}

}  // namespace

std::string YamlChange::field() const { return join(path, "."); }

std::string shown(const std::optional<YamlValue>& value) {
  if (!value) {
    return "";
  }
  return value->kind == Kind::scalar ? value->text : yaml_flow(*value);
}

Result<std::vector<YamlChange>> yaml_changes(std::string_view from, std::string_view to) {
  const YamlValue before = SOUS_TRY(read(from));
  const YamlValue after = SOUS_TRY(read(to));
  std::vector<YamlChange> out;
  YamlPath path;
  compare(path, &before, &after, out);
  return out;
}

Result<YamlMerge> apply_yaml_changes(std::string_view text,
                                     const std::vector<YamlChange>& changes) {
  Merger merger(text);
  for (const YamlChange& change : changes) {
    if (change.path.empty()) {
      return Error(Code::unsupported, "a text that is no mapping cannot be edited in place");
    }
    SOUS_TRY_VOID(merger.make(change));
  }
  return merger.take();
}

Result<bool> has_yaml_comments(std::string_view text) {
  std::string rest(text);
  blank_scalars(SOUS_TRY(parse_yaml("text", text)), rest);
  for (auto at = rest.find('#'); at != std::string::npos; at = rest.find('#', at + 1)) {
    if (at == 0 || rest[at - 1] == ' ' || rest[at - 1] == '\t' || rest[at - 1] == '\n') {
      return true;
    }
  }
  return false;
}

}  // namespace sous::codec
