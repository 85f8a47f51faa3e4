// Every edit of a manifest by Sous changes the bytes of the value that it is about, and no other:
// comments, order, quotes and layout of people survive.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/manifest_record.h"
#include "codec/yaml_changes.h"
#include "codec/yaml_tree.h"

namespace sous::codec {
namespace {

using rc::gen::element;

int pick(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high)); }

// A manifest as people write them.
class Author {
 public:
  std::string manifest() {
    std::vector<std::string> parts{line("Source: github.com/team/project"),
                                   line(*element<std::string>("Owners: [ann, bob]", "Owners: []")),
                                   line(*element<std::string>("Kind: worker", "Kind: 'worker'")),
                                   deployments()};
    shuffle(parts);
    std::string out = pick(0, 3) == 0 ? "---\n" : "";
    for (const auto& part : parts) {
      out += noise(0) + part;
    }
    return out + noise(0);
  }

 private:
  static void shuffle(std::vector<std::string>& parts) {
    for (std::size_t i = parts.size(); i > 1; --i) {
      std::swap(parts[i - 1], parts[static_cast<std::size_t>(pick(0, static_cast<int>(i)))]);
    }
  }

  std::string remark() { return "# remark " + std::to_string(remarks_++) + " \xc3\xa4: 1"; }

  std::string line(const std::string& text) {
    return text + (pick(0, 3) == 0 ? "  " + remark() : "") + "\n";
  }

  std::string noise(std::size_t indent) {
    switch (pick(0, 6)) {
      case 0:
        return "\n";
      case 1:
        return std::string(indent, ' ') + remark() + "\n";
      default:
        return "";
    }
  }

  std::string deployments() {
    std::vector<std::string> parts{deployment("left"), deployment("right")};
    shuffle(parts);
    return line("Deployments:") + parts[0] + parts[1];
  }

  std::string deployment(const std::string& cluster) {
    const std::string pad(4, ' ');
    std::vector<std::string> parts{
        pad + line(*element<std::string>(
                  "Version: 1.0.0", "Version:  \"1.0.0\"", "Version: '1.0.0'")),
        pad + line("NumInstances: 1"),
        pad + line("Unknown: {of: [nobody]}"),
        maps(pad)};
    shuffle(parts);
    std::string out = "  " + line(cluster + ":");
    for (const auto& part : parts) {
      out += noise(4) + part;
    }
    return out;
  }

  std::string maps(const std::string& pad) {
    switch (pick(0, 4)) {
      case 0:
        return "";
      case 1:
        return pad + line("Metadata: {a: b, c: \"d\"}");
      case 2:
        return pad + line("Metadata:") + pad + "  " + line("a: 'b'") + pad + "  " + line("c: d");
      default:
        // `{}` is not among them: what comes into it stands on lines of its own.
        return pad + line("Metadata: {c: d}");
    }
  }

  int remarks_ = 0;
};

ClusterName cluster() { return ClusterName::parse(*element<std::string>("left", "right")).value(); }

std::size_t common_prefix(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::size_t common_suffix(const std::string& a, const std::string& b, std::size_t prefix) {
  const auto most = std::min(a.size(), b.size()) - prefix;
  std::size_t out = 0;
  while (out < most && a[a.size() - 1 - out] == b[b.size() - 1 - out]) {
    ++out;
  }
  return out;
}

// The bytes of a value: what an edit of it may touch. Where it is not there, only bytes may come.
Span touchable(const std::string& text, const YamlPath& path) {
  const YamlNode root = parse_yaml("text", text).value();
  const YamlNode* node = &root;
  for (const auto& key : path) {
    node = node == nullptr ? nullptr : node->find(key);
  }
  return node == nullptr ? Span{} : node->span;
}

void expect_only(const std::string& before, const std::string& after, Span span) {
  const auto prefix = common_prefix(before, after);
  const auto suffix = common_suffix(before, after, prefix);
  const bool only_came = prefix + suffix >= before.size();
  const bool inside = prefix >= span.begin && before.size() - suffix <= span.end;
  RC_ASSERT(only_came || inside);
}

RC_GTEST_PROP(ManifestEdits, TheVersionAlone, ()) {
  const std::string text = Author().manifest();
  const auto name = cluster();
  const auto edited = set_deployment_version(text, name, Version(1, 2, 3)).value();
  const YamlPath path{"Deployments", name.str(), "Version"};
  expect_only(text, edited, touchable(text, path));
  RC_ASSERT(decode_manifest("m", edited)->value.deployments.at(name).version == Version(1, 2, 3));
}

RC_GTEST_PROP(ManifestEdits, TheNumberOfInstancesAlone, ()) {
  const std::string text = Author().manifest();
  const auto name = cluster();
  const auto edited = set_num_instances(text, name, 17).value();
  expect_only(text, edited, touchable(text, {"Deployments", name.str(), "NumInstances"}));
  RC_ASSERT(decode_manifest("m", edited)->value.deployments.at(name).num_instances == 17U);
}

RC_GTEST_PROP(ManifestEdits, OneEntryOfTheMetadataAlone, ()) {
  const std::string text = Author().manifest();
  const auto name = cluster();
  const auto key = *element<std::string>("a", "c", "new");
  const auto edited = set_deployment_text(text, name, "Metadata", key, "value").value();
  const YamlPath map{"Deployments", name.str(), "Metadata"};
  YamlPath entry = map;
  entry.push_back(key);
  const Span value = touchable(text, entry);
  expect_only(text, edited, value.end > 0 ? value : touchable(text, map));
  RC_ASSERT(decode_manifest("m", edited)->value.deployments.at(name).metadata.at(key) == "value");
}

RC_GTEST_PROP(ManifestEdits, AnEntryThatComesAndGoesLeavesNoTrace, ()) {
  const std::string text = Author().manifest();
  const auto name = ClusterName::parse("third").value();
  DeploySpec spec;
  spec.env = {{"A", "b"}};
  const auto added = add_deployment(text, name, spec).value();
  expect_only(text, added, {});
  RC_ASSERT(remove_deployment(added, name).value() == text);
}

// What `manifest set` of a program's text and the merge of two people's edits do.
RC_GTEST_PROP(ManifestEdits, AChangedFieldOfAnotherTextAlone, ()) {
  const std::string mine = Author().manifest();
  const std::string theirs = Author().manifest();
  const auto name = cluster();
  const auto edited = set_num_instances(theirs, name, 17).value();
  const auto merged = apply_yaml_changes(mine, yaml_changes(theirs, edited).value()).value();
  RC_ASSERT(merged.conflicts.empty());
  RC_ASSERT(merged.text == set_num_instances(mine, name, 17).value());
}

}  // namespace
}  // namespace sous::codec
