#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/flaw.h"
#include "codec/yaml_tree.h"
#include "model/manifest.h"

namespace sous::codec {

/// What a function gives that reads a text into a Result.
template <typename Parse>
using Parsed = std::remove_cvref_t<decltype(std::declval<Parse>()(std::string_view()).value())>;

/// One mapping of a record while it is read: gives each field as what it should be, and notes a
/// problem where it is something else. A field that is absent or null is no problem unless it is
/// required. `diagnostics` must outlive this; the node too.
class YamlFields {
 public:
  /// `where` is the path to the mapping; empty for the root. A null counts as an empty mapping.
  YamlFields(const YamlNode& node, std::string where, Diagnostics& diagnostics);

  /// The value of a field; nullptr where it is absent or null. Keys that are asked for outlive
  /// this.
  const YamlNode* get(std::string_view key);
  /// As `get`, and a problem where it is absent.
  const YamlNode* required(std::string_view key);

  std::optional<std::string> text(std::string_view key);

  /// The text; empty where absent.
  std::string text_or_empty(std::string_view key) { return text(key).value_or(std::string()); }

  std::optional<bool> boolean(std::string_view key);
  std::optional<std::uint64_t> number(std::string_view key);
  std::optional<std::uint32_t> small_number(std::string_view key);
  TextMap text_map(std::string_view key);
  /// The items that are there; nulls are left out.
  std::vector<const YamlNode*> items(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  /// The mapping of a field; nothing where it is absent.
  std::optional<YamlFields> fields(std::string_view key);

  /// Reads the text of a field, where there is one, by a function that gives a Result.
  template <typename Parse>
  auto parsed(std::string_view key, Parse parse) -> std::optional<Parsed<Parse>>;

  template <typename Parse>
  auto required_parsed(std::string_view key, Parse parse) {
    required(key);
    return parsed(key, parse);
  }

  /// Notes a problem with a field, or with the mapping where the field is absent.
  void problem(std::string_view key, std::string_view message);
  void problem_at(const YamlNode& node, std::string_view message);
  /// A flaw of a field, or of the mapping where the field is absent.
  Flaw flaw(std::string_view key, std::string message, std::string repair) const;
  /// Adds a flaw for each field that nobody asked for and that looks like one that was.
  void find_misspelt(Flaws& flaws) const;

  const std::string& where() const noexcept { return where_; }

  const YamlNode& node() const noexcept { return *node_; }

  Diagnostics& diagnostics() const noexcept { return *diagnostics_; }

 private:
  std::string name_of(std::string_view key) const;
  /// The text of a scalar; else a problem with the field, or with one of its own.
  const std::string* scalar(const YamlNode& node,
                            std::string_view key,
                            std::string_view inner = {});

  const YamlNode* node_;
  std::string where_;
  Diagnostics* diagnostics_;
  std::vector<std::string_view> asked_;
};

template <typename Parse>
auto YamlFields::parsed(std::string_view key, Parse parse) -> std::optional<Parsed<Parse>> {
  const auto value = text(key);
  if (!value) {
    return std::nullopt;
  }
  auto out = parse(*value);
  if (!out) {
    problem(key, out.error().text());
    return std::nullopt;
  }
  return std::move(*out);
}

}  // namespace sous::codec
