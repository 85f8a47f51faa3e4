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

Json Json::array(Array items) {
  Json out;
  out.value_ = std::move(items);
  return out;
}

Json Json::object() {
  Json out;
  out.value_ = Object{};
  return out;
}

Json Json::number(std::string text) {
  Json out;
  out.value_ = Number{std::move(text)};
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
  const bool* value = std::get_if<bool>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

const std::string* Json::as_number() const {
  const auto* value = std::get_if<Number>(&value_);
  return value == nullptr ? nullptr : &value->text;
}

std::optional<std::uint64_t> Json::as_uint() const {
  const std::string* text = as_number();
  return text == nullptr ? std::nullopt : whole_number<std::uint64_t>(*text);
}

std::optional<std::int64_t> Json::as_int() const {
  const std::string* text = as_number();
  return text == nullptr ? std::nullopt : whole_number<std::int64_t>(*text);
}

const Json* Json::find(std::string_view name) const {
  const Object* members = as_object();
  if (members == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(*members, name, &Member::name);
  return found == members->end() ? nullptr : &found->value;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

Json& Json::set(std::string_view name, Json value) {
  if (is_null()) {
    value_ = Object{};
  }
  if (Json* member = find(name)) {
    *member = std::move(value);
  } else {
    std::get<Object>(value_).push_back({std::string(name), std::move(value)});
  }
  return *this;
}

void Json::append_member(std::string name, Json value) {
  std::get<Object>(value_).push_back({std::move(name), std::move(value)});
}

void Json::erase(std::string_view name) {
  if (auto* members = std::get_if<Object>(&value_)) {
    std::erase_if(*members, [&](const Member& member) { return member.name == name; });
  }
}

Json& Json::push(Json value) {
  if (is_null()) {
    value_ = Array{};
  }
  std::get<Array>(value_).push_back(std::move(value));
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
