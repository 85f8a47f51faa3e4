#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/diagnostics.h"
#include "model/record_path.h"

namespace sous::codec {

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

struct YamlEntry;

/// A node of a YAML document and the bytes it was read from.
struct YamlNode {
  enum class Kind : std::uint8_t { scalar, sequence, mapping };
  enum class Style : std::uint8_t {
    plain,
    single_quoted,
    double_quoted,
    literal,
    folded,
    block,
    flow
  };

  Kind kind = Kind::scalar;
  Style style = Style::plain;
  std::string text;                // of a scalar, as text whatever it looks like: 1.10 stays 1.10
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a mapping, keys unique
  Span span;                       // a block collection ends where its last child ends
  Position at;
  bool bound = false;    // has an anchor or a tag, or came from an alias: must not be edited
  bool in_flow = false;  // stands inside { } or [ ]
  bool tagged = false;   // `!` or `!!...`: never null

  /// An absent value: nothing, `~` or `null`.
  bool is_null() const;

  bool is_mapping() const noexcept { return kind == Kind::mapping; }

  bool is_sequence() const noexcept { return kind == Kind::sequence; }

  /// The value of a key of a mapping; nullptr when it is not there.
  const YamlNode* find(std::string_view key) const;
  const YamlEntry* find_entry(std::string_view key) const;
};

struct YamlEntry {
  YamlNode key;  // always a scalar
  YamlNode value;
};

struct YamlLimits {
  std::size_t bytes = kMaxRecordBytes;
  std::size_t depth = 32;
  std::size_t nodes = 400'000;  // counting what aliases repeat
};

/// Reads the one document of a text; an empty text is a null. Keys must be scalars and unique.
/// Aliases are expanded and `<<` merged as YAML 1.1 has it. Fails with invalid_data: every
/// duplicate key, or the first violation of syntax or limits, as Diagnostics tells them.
Result<YamlNode> parse_yaml(const std::string& path,
                            std::string_view text,
                            const YamlLimits& limits = {});

}  // namespace sous::codec
