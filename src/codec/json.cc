#include "codec/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "codec/utf8.h"

namespace sous::codec {
namespace {

template <typename T>
std::optional<T> whole_number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) {
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xfU];
  } else {
    out += c;
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : with_valid_utf8(text)) {
    append_escaped(out, c);
  }
  out += '"';
}

// Writes one value. `indent` is the current depth, or kCompact for one line.
class Writer {
 public:
  static constexpr int kCompact = -1;

  void write(const Json& value, int depth) {
    if (const auto* items = value.as_array()) {
      write_list('[', ']', depth, *items, [&](const Json& item, int inner) { write(item, inner); });
    } else if (const auto* members = value.as_object()) {
      write_list('{', '}', depth, *members, [&](const Json::Member& member, int inner) {
        append_string(out_, member.name);
        out_ += inner == kCompact ? ":" : ": ";
        write(member.value, inner);
      });
    } else {
      write_scalar(value);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_scalar(const Json& value) {
    if (const auto* text = value.as_string()) {
      append_string(out_, *text);
    } else if (const auto* number = value.as_number()) {
      out_ += *number;
    } else if (const auto truth = value.as_bool()) {
      out_ += *truth ? "true" : "false";
    } else {
      out_ += "null";
    }
  }

  template <typename Items, typename WriteItem>
  void write_list(char open, char close, int depth, const Items& items, WriteItem write_item) {
    out_ += open;
    const int inner = depth == kCompact ? kCompact : depth + 1;
    bool first = true;
    for (const auto& item : items) {
      if (!first) {
        out_ += ',';
      }
      first = false;
      new_line(inner);
      write_item(item, inner);
    }
    if (!items.empty()) {
      new_line(depth);
    }
    out_ += close;
  }

  void new_line(int depth) {
    if (depth != kCompact) {
      out_ += '\n';
      out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    }
  }

  std::string out_;
};

}  // namespace

Json::Json() = default;

Json::~Json() = default;

Json::Json(const Json& other) = default;

Json::Json(Json&& other) noexcept = default;

Json& Json::operator=(const Json& other) = default;

Json& Json::operator=(Json&& other) noexcept = default;

Json::Json(std::nullptr_t) {}

Json::Json(std::string text) : type_(Type::string), text_(std::move(text)) {}

Json::Json(std::string_view text) : Json(std::string(text)) {}

Json::Json(const char* text) : Json(std::string(text)) {}

bool operator==(const Json& a, const Json& b) {
  return a.type_ == b.type_ && a.text_ == b.text_ && a.items_ == b.items_ &&
         a.members_ == b.members_;
}

const std::string* Json::as_string() const { return type_ == Type::string ? &text_ : nullptr; }

const Json::Array* Json::as_array() const { return type_ == Type::array ? &items_ : nullptr; }

const Json::Object* Json::as_object() const { return type_ == Type::object ? &members_ : nullptr; }

Json Json::array() { return array(Array()); }

Json Json::array(Array items) {
  Json out;
  out.type_ = Type::array;
  out.items_ = std::move(items);
  return out;
}

Json Json::object() {
  Json out;
  out.type_ = Type::object;
  return out;
}

Json Json::number(std::string text) {
  Json out;
  out.type_ = Type::number;
  out.text_ = std::move(text);
  return out;
}

Json Json::number(double value) {
  if (!std::isfinite(value)) {
    return {};
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return number(std::string(buffer.data(), end));
}

std::optional<bool> Json::as_bool() const {
  return type_ == Type::boolean ? std::optional(text_ == "true") : std::nullopt;
}

const std::string* Json::as_number() const { return type_ == Type::number ? &text_ : nullptr; }

std::optional<std::uint64_t> Json::as_uint() const {
  return type_ == Type::number ? whole_number<std::uint64_t>(text_) : std::nullopt;
}

std::optional<std::int64_t> Json::as_int() const {
  return type_ == Type::number ? whole_number<std::int64_t>(text_) : std::nullopt;
}

const Json* Json::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? nullptr : &found->value;
}

Json* Json::find(std::string_view name) {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? nullptr : &found->value;
}

Json& Json::set(std::string_view name, Json value) {
  if (is_null()) {
    type_ = Type::object;
  }
  if (Json* member = find(name)) {
    *member = std::move(value);
  } else {
    members_.push_back({std::string(name), std::move(value)});
  }
  return *this;
}

void Json::append_member(std::string name, Json value) {
  members_.push_back({std::move(name), std::move(value)});
}

void Json::erase(std::string_view name) {
  std::erase_if(members_, [&](const Member& member) { return member.name == name; });
}

Json& Json::push(Json value) {
  if (is_null()) {
    type_ = Type::array;
  }
  items_.push_back(std::move(value));
  return *this;
}

std::string Json::dump() const {
  Writer writer;
  writer.write(*this, Writer::kCompact);
  return writer.take();
}

std::string Json::dump_pretty() const {
  Writer writer;
  writer.write(*this, 0);
  return writer.take() + '\n';
}

}  // namespace sous::codec
