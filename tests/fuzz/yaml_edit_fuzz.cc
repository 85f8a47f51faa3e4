// Any text: the tree never crashes, its spans are inside the text, and every edit that is accepted
// does what it says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/yaml_edit.h"
#include "codec/yaml_tree.h"

namespace {

using sous::codec::YamlNode;
using sous::codec::YamlPath;
using sous::codec::YamlValue;

constexpr int kMostEdits = 40;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

const YamlNode* at(const YamlNode& root, const YamlPath& path) {
  const YamlNode* node = &root;
  for (const auto& key : path) {
    node = node == nullptr ? nullptr : node->find(key);
  }
  return node;
}

class Editor {
 public:
  explicit Editor(std::string_view text) : text_(text) {}

  void visit(const YamlNode& node, YamlPath& path) {
    require(node.span.begin <= node.span.end && node.span.end <= text_.size());
    for (const auto& item : node.items) {
      require(item.span.end <= text_.size());
    }
    for (const auto& entry : node.entries) {
      path.push_back(entry.key.text);
      edit(path);
      visit(entry.value, path);
      path.pop_back();
    }
  }

 private:
  void edit(const YamlPath& path) {
    if (++edits_ > kMostEdits) {
      return;
    }
    if (const auto out = sous::codec::yaml_set(text_, path, YamlValue::of("new: value"))) {
      require(at(sous::codec::parse_yaml("f", *out).value(), path)->text == "new: value");
    }
    if (const auto out = sous::codec::yaml_append(text_, path, YamlValue::of("x"))) {
      require(at(sous::codec::parse_yaml("f", *out).value(), path)->items.back().text == "x");
    }
    if (const auto out = sous::codec::yaml_remove(text_, path)) {
      require(at(sous::codec::parse_yaml("f", *out).value(), path) == nullptr);
    }
  }

  std::string_view text_;
  int edits_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto root = sous::codec::parse_yaml("f", text)) {
    YamlPath path;
    Editor(text).visit(*root, path);
  }
  return 0;
}
