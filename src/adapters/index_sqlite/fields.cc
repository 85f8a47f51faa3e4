#include "adapters/index_sqlite/fields.h"

#include <cstdint>
#include <utility>

#include "base/text.h"

namespace sous::index_sqlite {
namespace {

Error damaged() { return Error(Code::invalid_data, "a column of the index cannot be read"); }

void append(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

// Takes one text off the front.
Result<std::string_view> take(std::string_view& bytes) {
  const auto colon = bytes.find(':');
  if (colon == std::string_view::npos || colon > 10) {
    return damaged();
  }
  const auto size = parse_uint(bytes.substr(0, colon));
  bytes.remove_prefix(colon + 1);
  if (!size || *size > bytes.size()) {
    return damaged();
  }
  const auto text = bytes.substr(0, static_cast<std::size_t>(*size));
  bytes.remove_prefix(text.size());
  return text;
}

}  // namespace

std::string encode_texts(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) {
    append(out, text);
  }
  return out;
}

Result<std::vector<std::string>> decode_texts(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    texts.emplace_back(SOUS_TRY(take(bytes)));
  }
  return texts;
}

std::string encode_map(const LabelMap& map) {
  std::string out;
  for (const auto& [key, value] : map) {
    append(out, key);
    append(out, value);
  }
  return out;
}

Result<LabelMap> decode_map(std::string_view bytes) {
  LabelMap map;
  while (!bytes.empty()) {
    const auto key = SOUS_TRY(take(bytes));
    const auto value = SOUS_TRY(take(bytes));
    map.insert_or_assign(std::string(key), std::string(value));
  }
  return map;
}

std::string encode_digests(const std::vector<Digest>& digests) {
  std::string out;
  for (const auto& digest : digests) {
    append(out, digest.str());
  }
  return out;
}

Result<std::vector<Digest>> decode_digests(std::string_view bytes) {
  std::vector<Digest> digests;
  while (!bytes.empty()) {
    const auto text = SOUS_TRY(take(bytes));
    digests.push_back(SOUS_TRY(Digest::parse(text)));
  }
  return digests;
}

std::string encode_children(const std::vector<IndexChild>& children) {
  std::string out;
  for (const auto& child : children) {
    append(out, child.digest.str());
    append(out, child.platform);
  }
  return out;
}

Result<std::vector<IndexChild>> decode_children(std::string_view bytes) {
  std::vector<IndexChild> children;
  while (!bytes.empty()) {
    const auto text = SOUS_TRY(take(bytes));
    const auto digest = SOUS_TRY(Digest::parse(text));
    const auto platform = SOUS_TRY(take(bytes));
    children.push_back(IndexChild{.digest = digest, .platform = std::string(platform)});
  }
  return children;
}

}  // namespace sous::index_sqlite
