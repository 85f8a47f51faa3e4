// An edit in place changes what is asked, and not one byte elsewhere.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/yaml_edit.h"
#include "codec/yaml_tree.h"

namespace sous::codec {
namespace {

using rc::gen::element;

// In [low, high), whatever size rapidcheck has grown to: its first cases would all be one line.
int pick(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high)); }

// A random document as people write them: comments, blank lines, any quotes, block and flow style.
class Scribe {
 public:
  std::string document() {
    crlf_ = pick(0, 5) == 0;
    mapping(0, 3);
    const bool after_block_scalar = out_.ends_with("two\n") || out_.ends_with("two\r\n");
    if (pick(0, 4) == 0 && !after_block_scalar) {
      out_.resize(out_.size() - (crlf_ ? 2U : 1U));  // no newline at the end of the file
    }
    return out_;
  }

  const std::vector<std::string>& comments() const { return comments_; }

 private:
  std::string comment() {
    comments_.push_back("# c" + std::to_string(comments_.size()) + " \xc3\xa4\xe2\x82\xac;");
    return comments_.back();
  }

  void end_line() {
    if (pick(0, 3) == 0) {
      out_ += " " + comment();
    }
    out_ += crlf_ ? "\r\n" : "\n";
  }

  void between(std::size_t indent) {
    for (int i = pick(0, 8); i > 5; --i) {
      if (pick(0, 2) == 0) {
        out_ += std::string(indent, ' ') + comment();
      }
      out_ += crlf_ ? "\r\n" : "\n";
    }
  }

  static std::string scalar() {
    return *element<std::string>("1.2.3",
                                 "\"1.10\"",
                                 "'it''s'",
                                 "plain words",
                                 "\xc3\xa4\xc3\xb6",
                                 "~",
                                 "\"a\\tb\"",
                                 "true",
                                 "7");
  }

  std::string flow(int depth) {
    if (depth == 0) {
      return scalar();
    }
    const int kind = pick(0, 5);
    if (kind == 0) {
      return "{}";
    }
    if (kind == 1) {
      return "[]";
    }
    if (kind == 2) {
      return "[" + scalar() + ", " + flow(depth - 1) + "]";
    }
    if (kind == 3) {
      return "{k0: " + flow(depth - 1) + ", k1: " + scalar() + "}";
    }
    return "{ k0: " + scalar() + " , k2: " + flow(depth - 1) + ", }";
  }

  void value(std::size_t indent, int depth) {
    switch (pick(0, depth > 0 ? 8 : 4)) {
      case 0:
        end_line();  // nothing
        return;
      case 1:
      case 2:
        out_ += " " + scalar();
        end_line();
        return;
      case 3:
        out_ += " " + flow(2);
        end_line();
        return;
      case 4: {
        out_ += *element<std::string>(" |", " >-", " |2");
        if (!out_.ends_with('2')) {
          end_line();
        } else {
          out_ += crlf_ ? "\r\n" : "\n";
        }
        const std::string pad(indent + 2, ' ');
        out_ += pad + "one # no comment" + (crlf_ ? "\r\n" : "\n") + pad + "two" +
                (crlf_ ? "\r\n" : "\n");
        return;
      }
      case 5:
        end_line();
        for (int i = 0; i < 2; ++i) {
          between(indent);
          out_ += std::string(indent, ' ') + "- " + scalar();
          end_line();
        }
        return;
      default:
        end_line();
        mapping(indent + *element<std::size_t>(2, 4), depth - 1);
        return;
    }
  }

  void mapping(std::size_t indent, int depth) {
    const int count = pick(1, 4);
    for (int i = 0; i < count; ++i) {
      between(indent);
      out_ += std::string(indent, ' ') + "k" + std::to_string(i) + ":";
      value(indent, depth);
    }
  }

  std::string out_;
  std::vector<std::string> comments_;
  bool crlf_ = false;
};

void collect(const YamlNode& node, YamlPath path, std::vector<YamlPath>& out) {
  for (const YamlEntry& entry : node.entries) {
    path.push_back(entry.key.text);
    out.push_back(path);
    collect(entry.value, path, out);
    path.pop_back();
  }
}

const YamlNode* at(const YamlNode& root, const YamlPath& path) {
  const YamlNode* node = &root;
  for (const auto& key : path) {
    node = node == nullptr ? nullptr : node->find(key);
  }
  return node;
}

struct Scene {
  std::string text;
  std::vector<std::string> comments;
  YamlNode root;
  YamlPath path;
};

// A document and a path of it whose value fits.
template <typename Fits>
Scene any_scene(Fits fits) {
  for (int attempt = 0; attempt < 30; ++attempt) {
    Scribe scribe;
    Scene out{.text = scribe.document(), .comments = scribe.comments(), .root = {}, .path = {}};
    auto root = parse_yaml("t", out.text);
    if (!root) {
      RC_LOG() << out.text << root.error().details().front();
    }
    RC_ASSERT(root.has_value());
    out.root = std::move(*root);
    std::vector<YamlPath> paths;
    collect(out.root, {}, paths);
    std::erase_if(paths, [&](const YamlPath& path) { return !fits(*at(out.root, path)); });
    if (!paths.empty()) {
      out.path = *rc::gen::elementOf(paths);
      RC_LOG() << "---\n" << out.text << "\n---\n";
      return out;
    }
  }
  RC_DISCARD("no value fits");
}

// What is left of `after` when the longest common start and end are taken away from both.
std::pair<std::string, std::string> changed(std::string_view before, std::string_view after) {
  const auto [b, a] = std::ranges::mismatch(before, after);
  before.remove_prefix(static_cast<std::size_t>(b - before.begin()));
  after.remove_prefix(static_cast<std::size_t>(a - after.begin()));
  while (!before.empty() && !after.empty() && before.back() == after.back()) {
    before.remove_suffix(1);
    after.remove_suffix(1);
  }
  return {std::string(before), std::string(after)};
}

void assert_comments_survive(const Scene& scene, const std::string& after) {
  std::size_t from = 0;
  for (const auto& comment : scene.comments) {
    const auto found = after.find(comment, from);
    RC_ASSERT(found != std::string::npos);
    from = found;
  }
}

RC_GTEST_PROP(YamlEditLaws, SettingAScalarChangesItsBytesOnly, ()) {
  const Scene scene = any_scene([](const YamlNode& node) {
    return node.items.empty() && node.entries.empty() && node.style != YamlNode::Style::literal &&
           node.style != YamlNode::Style::folded;
  });
  const YamlNode* node = at(scene.root, scene.path);
  const std::string value =
      *element<std::string>("2.0.0", "1.10", "it's", "a: b", "x, y", "", "\xe2\x82\xac");
  const auto out = yaml_set(scene.text, scene.path, YamlValue::of(value));
  RC_ASSERT(out.has_value());
  RC_ASSERT(out->starts_with(scene.text.substr(0, node->span.begin)));
  RC_ASSERT(out->ends_with(scene.text.substr(node->span.end)));
  RC_ASSERT(at(parse_yaml("t", *out).value(), scene.path)->text == value);
  assert_comments_survive(scene, *out);
}

RC_GTEST_PROP(YamlEditLaws, AddingAKeyOnlyInserts, ()) {
  const Scene scene =
      any_scene([](const YamlNode& node) { return node.is_mapping() || node.is_null(); });
  const YamlNode* node = at(scene.root, scene.path);
  YamlPath path = scene.path;
  path.emplace_back("new key");
  YamlValue value = YamlValue::mapping();
  value.add("a", YamlValue::of("x")).add("b", YamlValue::number(2));
  const auto out = yaml_set(scene.text, path, value);
  if (!out) {
    RC_LOG() << out.error().text();
  }
  RC_ASSERT(out.has_value());
  RC_LOG() << *out;
  RC_ASSERT(at(parse_yaml("t", *out).value(), path)->find("a")->text == "x");
  assert_comments_survive(scene, *out);
  if (!node->entries.empty()) {
    RC_ASSERT(changed(scene.text, *out).first.empty());
  }
}

RC_GTEST_PROP(YamlEditLaws, AppendingToAListOnlyInserts, ()) {
  const Scene scene = any_scene([](const YamlNode& node) { return !node.items.empty(); });
  const auto out = yaml_append(scene.text, scene.path, YamlValue::of("new"));
  RC_ASSERT(out.has_value());
  RC_ASSERT(changed(scene.text, *out).first.empty());
  RC_ASSERT(at(parse_yaml("t", *out).value(), scene.path)->items.back().text == "new");
}

RC_GTEST_PROP(YamlEditLaws, RemovingAKeyOnlyDeletes, ()) {
  const Scene scene = any_scene([](const YamlNode&) { return true; });
  const auto out = yaml_remove(scene.text, scene.path);
  if (!out) {
    RC_LOG() << out.error().text();
  }
  RC_ASSERT(out.has_value());
  RC_ASSERT(at(parse_yaml("t", *out).value(), scene.path) == nullptr);
  const YamlPath around(scene.path.begin(), scene.path.end() - 1);
  if (at(scene.root, around)->entries.size() > 1) {
    RC_ASSERT(changed(scene.text, *out).second.empty());
  }
}

RC_GTEST_PROP(YamlEditLaws, AddingAndRemovingGivesTheOldText, ()) {
  const Scene scene = any_scene([](const YamlNode& node) {
    return node.is_mapping() && node.style == YamlNode::Style::block;
  });
  YamlPath path = scene.path;
  path.emplace_back("new");
  const auto added = yaml_set(scene.text, path, YamlValue::of("x"));
  RC_ASSERT(added.has_value());
  RC_LOG() << *added << "\n---\n";
  // A key at the end of a file without a last newline gives it one.
  const std::string removed = yaml_remove(*added, path).value();
  RC_ASSERT(removed.starts_with(scene.text));
  RC_ASSERT(removed.find_first_not_of("\r\n", scene.text.size()) == std::string::npos);
}

}  // namespace
}  // namespace sous::codec
