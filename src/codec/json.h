#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sous::codec {

/// A JSON document as a value. Members of an object keep their order, names are unique, and a
/// number keeps its text, so that what was read is written again as it was. Value type.
class Json {
 public:
  enum class Type : std::uint8_t { null, boolean, number, string, array, object };

  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  // Not here, because Member is not complete yet.
  Json();
  ~Json();
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;

  // Implicit, so that an answer can be written down as a list of values.
  // NOLINTBEGIN(google-explicit-constructor)
  Json(std::nullptr_t);

  Json(std::string text);

  Json(std::string_view text);

  Json(const char* text);

  template <std::same_as<bool> T>
  Json(T value) : type_(Type::boolean), text_(value ? "true" : "false") {}

  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Json(T value) : type_(Type::number), text_(std::to_string(value)) {}

  /// null where there is no value.
  template <typename T>
  Json(const std::optional<T>& value) {
    if (value) {
      *this = Json(*value);
    }
  }

  // NOLINTEND(google-explicit-constructor)

  static Json array();
  static Json array(Array items);
  static Json object();
  /// A number of this text, which must be one in JSON's grammar.
  static Json number(std::string text);
  /// The shortest text of a number; null for what JSON cannot express (infinity, NaN).
  static Json number(double value);

  Type type() const noexcept { return type_; }

  bool is_null() const noexcept { return type() == Type::null; }

  /// The value as what it should be; nothing (nullptr) when it is something else or out of range.
  const std::string* as_string() const;

  const Array* as_array() const;

  const Object* as_object() const;

  std::optional<bool> as_bool() const;
  std::optional<std::uint64_t> as_uint() const;
  std::optional<std::int64_t> as_int() const;
  /// The text of a number.
  const std::string* as_number() const;

  /// The member of that name; nullptr when there is none, or this is no object.
  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);

  /// Sets a member: in its place when it is there, else at the end. A null becomes an object first;
  /// must not be called on any other value. Returns this.
  Json& set(std::string_view name, Json value);
  /// Appends a member whose name the object is known not to have yet. Only on an object.
  void append_member(std::string name, Json value);
  /// Removes a member where it is there.
  void erase(std::string_view name);
  /// Appends to an array. A null becomes an array first; must not be called on any other value.
  Json& push(Json value);

  /// One line, without spaces. Bytes that are no UTF-8 become U+FFFD.
  std::string dump() const;
  /// Indented by two spaces, ending in a newline.
  std::string dump_pretty() const;

  friend bool operator==(const Json& a, const Json& b);

 private:
  Type type_ = Type::null;
  std::string text_;  // of a string, a number or a truth value
  Array items_;
  Object members_;
};

struct Json::Member {
  std::string name;
  Json value;

  friend bool operator==(const Member&, const Member&) = default;
};

inline constexpr std::size_t kMaxJsonBytes = std::size_t{8} << 20U;

/// Reads one JSON document (RFC 8259). Fails with invalid_data, naming line:column, for longer
/// input than `max_bytes`, more than 64 levels, a name that an object has twice, or text after the
/// end.
Result<Json> parse_json(std::string_view text, std::size_t max_bytes = kMaxJsonBytes);

}  // namespace sous::codec
