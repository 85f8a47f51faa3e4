#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "base/text.h"
#include "codec/json.h"

namespace sous::codec {
namespace {

namespace bj = boost::json;

constexpr std::size_t kMaxDepth = 64;

// Builds a Json from the parser's events. Refuses names that an object has twice: readers differ in
// which of the two they take, so such a document says different things to different programs.
class Builder {
 public:
  static constexpr std::size_t max_object_size = kMaxJsonBytes * 8;  // NOLINT: Boost's names
  static constexpr std::size_t max_array_size = max_object_size;     // NOLINT
  static constexpr std::size_t max_key_size = max_object_size;       // NOLINT
  static constexpr std::size_t max_string_size = max_object_size;    // NOLINT

  bool on_document_begin(bj::error_code& /*error*/) { return true; }

  bool on_document_end(bj::error_code& /*error*/) { return true; }

  bool on_object_begin(bj::error_code& /*error*/) {
    open_.push_back({Json::object(), std::move(name_), {}});
    return true;
  }

  bool on_array_begin(bj::error_code& /*error*/) {
    open_.push_back({Json::array(), std::move(name_), {}});
    return true;
  }

  bool on_object_end(std::size_t /*count*/, bj::error_code& /*error*/) { return close(); }

  bool on_array_end(std::size_t /*count*/, bj::error_code& /*error*/) { return close(); }

  bool on_key_part(bj::string_view part, std::size_t /*size*/, bj::error_code& /*error*/) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_key(bj::string_view part, std::size_t /*size*/, bj::error_code& error) {
    text_.append(part.data(), part.size());
    name_ = std::exchange(text_, {});
    if (!open_.back().names.insert(name_).second) {
      duplicate = name_;
      error = bj::error::syntax;
      return false;
    }
    return true;
  }

  bool on_string_part(bj::string_view part, std::size_t /*size*/, bj::error_code& /*error*/) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_string(bj::string_view part, std::size_t /*size*/, bj::error_code& /*error*/) {
    text_.append(part.data(), part.size());
    return add(Json(std::exchange(text_, {})));
  }

  bool on_number_part(bj::string_view part, bj::error_code& /*error*/) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_int64(std::int64_t /*value*/, bj::string_view part, bj::error_code& /*error*/) {
    return add_number(part);
  }

  bool on_uint64(std::uint64_t /*value*/, bj::string_view part, bj::error_code& /*error*/) {
    return add_number(part);
  }

  bool on_double(double /*value*/, bj::string_view part, bj::error_code& /*error*/) {
    return add_number(part);
  }

  bool on_bool(bool value, bj::error_code& /*error*/) { return add(Json(value)); }

  bool on_null(bj::error_code& /*error*/) { return add(Json()); }

  bool on_comment_part(bj::string_view /*part*/, bj::error_code& /*error*/) { return true; }

  bool on_comment(bj::string_view /*part*/, bj::error_code& /*error*/) { return true; }

  Json root;
  std::optional<std::string> duplicate;

 private:
  struct Open {
    Json value;
    std::string name;  // of this value in the object around it
    std::unordered_set<std::string> names;
  };

  bool add_number(bj::string_view part) {
    text_.append(part.data(), part.size());
    return add(Json::number(std::exchange(text_, {})));
  }

  bool add(Json value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (Json& around = open_.back().value; around.type() == Json::Type::array) {
      around.push(std::move(value));
    } else {
      around.append_member(std::exchange(name_, {}), std::move(value));
    }
    return true;
  }

  bool close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    name_ = std::move(closed.name);
    return add(std::move(closed.value));
  }

  std::vector<Open> open_;
  std::string name_;
  std::string text_;
};

std::string position(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const auto line_start = before.rfind('\n');
  const std::size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return std::to_string(lines + 1) + ":" + std::to_string(column + 1);
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return Error(Code::invalid_data,
                 "JSON of " + std::to_string(text.size()) + " bytes is longer than the " +
                     std::to_string(max_bytes) + " that are read");
  }
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::basic_parser<Builder> parser(options);
  bj::error_code error;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && consumed < text.size()) {
    error = bj::error::extra_data;
  }
  if (!error) {
    return std::move(parser.handler().root);
  }
  const std::string where = position(text, consumed) + ": ";
  if (const auto& name = parser.handler().duplicate) {
    return Error(Code::invalid_data, where + "the name " + quote(*name) + " stands there twice");
  }
  return Error(Code::invalid_data, where + "not JSON: " + error.message());
}

}  // namespace sous::codec
