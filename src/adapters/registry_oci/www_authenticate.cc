#include "adapters/registry_oci/www_authenticate.h"

#include <cstddef>
#include <utility>

#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr std::size_t kMaxHeader = 8192;
constexpr std::size_t kMaxItems = 64;

// `/` is not of a token, but of the token68 that may stand in place of parameters.
bool is_token_char(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~/").find(c) != std::string_view::npos;
}

Error malformed() {
  return {Code::invalid_data, "the registry's WWW-Authenticate header cannot be read"};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ >= text_.size(); }

  char peek() const { return at_end() ? '\0' : text_[position_]; }

  void skip(std::string_view chars) {
    while (!at_end() && chars.find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  void advance() { ++position_; }

  std::string_view token() {
    const std::size_t start = position_;
    while (!at_end() && is_token_char(text_[position_])) {
      ++position_;
    }
    return text_.substr(start, position_ - start);
  }

  Result<std::string> quoted() {
    std::string out;
    for (advance(); !at_end(); advance()) {
      if (peek() == '"') {
        advance();
        return out;
      }
      if (peek() == '\\') {
        advance();
      }
      if (!at_end()) {
        out += peek();
      }
    }
    return malformed();
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

// What follows the `=` of `name=`.
Status read_value(Reader& reader, const std::string& name, Challenge& challenge) {
  reader.advance();
  reader.skip(" \t");
  if (reader.at_end() || reader.peek() == ',' || reader.peek() == '=') {
    reader.skip("=");  // `name` was a token68 with its padding
    return ok();
  }
  std::string value;
  if (reader.peek() == '"') {
    value = SOUS_TRY(reader.quoted());
  } else {
    value = reader.token();
  }
  if (value.empty() && reader.peek() != ',' && !reader.at_end()) {
    return malformed();
  }
  challenge.parameters.emplace(name, std::move(value));  // of several, the first
  return ok();
}

}  // namespace

Result<std::vector<Challenge>> parse_challenges(std::string_view header) {
  std::vector<Challenge> out;
  if (header.size() > kMaxHeader) {
    return malformed();
  }
  Reader reader(header);
  for (std::size_t items = 0; items < kMaxItems; ++items) {
    reader.skip(" \t,");
    if (reader.at_end()) {
      return out;
    }
    const std::string name = to_lower_ascii(reader.token());
    if (name.empty()) {
      return malformed();
    }
    reader.skip(" \t");
    if (reader.peek() != '=') {
      out.push_back({name, {}});
      continue;
    }
    if (out.empty()) {
      return malformed();
    }
    SOUS_TRY_VOID(read_value(reader, name, out.back()));
  }
  return malformed();
}

}  // namespace sous::registry_oci
