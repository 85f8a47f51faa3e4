#include "model/semver.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous {
namespace {

Error unexpected(std::string_view text, std::size_t at) {
  return {Code::invalid_data,
          fmt::format(
              "unexpected character '{}' at position {}", shown_character(text.substr(at)), at)};
}

Error zero_length(std::string_view component) {
  return {Code::invalid_data, fmt::format("unexpected zero-length {} component", component)};
}

bool is_identifier_character(char c) { return is_alnum(c) || c == '-'; }

// Reads a version from the front of a text to its end, one component at a time.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }

  bool take(char c) {
    if (at_end() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }

  Error unexpected_here() const { return unexpected(text_, at_); }

  Result<std::uint64_t> number(std::string_view component) {
    const std::size_t start = at_;
    while (!at_end() && is_digit(text_[at_])) {
      ++at_;
    }
    if (at_ == start) {
      // `1..2` lacks a number; `v1` has something else in its place.
      return at_end() || text_[at_] == '.' ? zero_length(component) : unexpected_here();
    }
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text_.data() + start, text_.data() + at_, value);
    if (parsed.ec != std::errc{}) {
      return Error(
          Code::invalid_data,
          fmt::format("{} component {} is too great", component, text_.substr(start, at_ - start)));
    }
    return value;
  }

  // Identifiers of letters, digits and `-`, joined by dots, up to the end or to a `+`.
  Result<std::string_view> identifiers(std::string_view component) {
    const std::size_t start = at_;
    std::size_t identifier = at_;
    for (; !at_end() && text_[at_] != '+'; ++at_) {
      if (text_[at_] == '.') {
        if (at_ == identifier) {
          return zero_length(component);
        }
        identifier = at_ + 1;
      } else if (!is_identifier_character(text_[at_])) {
        return unexpected_here();
      }
    }
    if (at_ == identifier) {
      return zero_length(component);
    }
    return text_.substr(start, at_ - start);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// Takes the identifier at the front, and the dot after it, off `rest`.
std::string_view next_identifier(std::string_view& rest) {
  const std::size_t dot = rest.find('.');
  const std::string_view identifier = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return identifier;
}

bool is_numeric(std::string_view identifier) { return std::ranges::all_of(identifier, is_digit); }

std::string_view without_leading_zeros(std::string_view number) {
  const std::size_t first = number.find_first_not_of('0');
  return first == std::string_view::npos ? number.substr(0, 1) : number.substr(first);
}

// Numeric identifiers lose their leading zeros, so that what is equal also prints equally.
std::string canonical_prerelease(std::string_view given) {
  std::string out;
  out.reserve(given.size());
  while (!given.empty()) {
    const std::string_view identifier = next_identifier(given);
    if (!out.empty()) {
      out += '.';
    }
    out += is_numeric(identifier) ? without_leading_zeros(identifier) : identifier;
  }
  return out;
}

std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const bool a_numeric = is_numeric(a);
  if (a_numeric != is_numeric(b)) {
    return a_numeric ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (a_numeric && a.size() != b.size()) {
    return a.size() <=> b.size();  // without leading zeros the longer number is the greater one
  }
  return a <=> b;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // a release follows its pre-releases
  }
  while (!a.empty() && !b.empty()) {
    const auto order = compare_identifiers(next_identifier(a), next_identifier(b));
    if (order != std::strong_ordering::equal) {
      return order;
    }
  }
  return !a.empty() <=> !b.empty();
}

}  // namespace

Version::Version(std::uint64_t major,
                 std::uint64_t minor,
                 std::uint64_t patch,
                 std::string prerelease)
    : major_(major), minor_(minor), patch_(patch), prerelease_(std::move(prerelease)) {}

Result<Version> Version::parse(std::string_view text) {
  const auto too_long = [&] {
    return Error(Code::invalid_data,
                 fmt::format("version of {} bytes is longer than {}", text.size(), kMaxLength));
  };
  if (text.size() > kMaxLength) {
    return too_long();
  }
  Reader reader{text};
  Version version;
  version.detail_ = Detail::major;
  version.major_ = SOUS_TRY(reader.number("major"));
  if (reader.take('.')) {
    version.detail_ = Detail::minor;
    version.minor_ = SOUS_TRY(reader.number("minor"));
    if (reader.take('.')) {
      version.detail_ = Detail::patch;
      version.patch_ = SOUS_TRY(reader.number("patch"));
    }
  }
  if (reader.take('-') && !reader.at_end()) {
    version.prerelease_ = canonical_prerelease(SOUS_TRY(reader.identifiers("pre-release")));
  }
  if (reader.take('+') && !reader.at_end()) {
    version.build_ = SOUS_TRY(reader.identifiers("metadata"));
  }
  if (!reader.at_end()) {
    return reader.unexpected_here();
  }
  // Written in full it may have up to four characters more, and must still be readable.
  if (text.size() + 4 > kMaxLength && version.canonical().size() > kMaxLength) {
    return too_long();
  }
  return version;
}

Version Version::unversioned() { return Version{0, 0, 0, "unversioned"}; }

bool Version::is_none() const noexcept {
  return major_ == 0 && minor_ == 0 && patch_ == 0 && prerelease_.empty();
}

std::string Version::str() const {
  std::string out = fmt::format("{}", major_);
  if (detail_ >= Detail::minor) {
    fmt::format_to(std::back_inserter(out), ".{}", minor_);
  }
  if (detail_ >= Detail::patch) {
    fmt::format_to(std::back_inserter(out), ".{}", patch_);
  }
  if (!prerelease_.empty()) {
    out += '-';
    out += prerelease();
  }
  if (!build_.empty()) {
    out += '+';
    out += build();
  }
  return out;
}

std::string Version::canonical() const {
  std::string out = fmt::format("{}.{}.{}", major_, minor_, patch_);
  if (!prerelease_.empty()) {
    out += '-';
    out += prerelease();
  }
  return out;
}

Version Version::without_build() const {
  Version version = *this;
  version.build_ = {};
  return version;
}

bool operator==(const Version& a, const Version& b) noexcept {
  return a.major_ == b.major_ && a.minor_ == b.minor_ && a.patch_ == b.patch_ &&
         a.prerelease_ == b.prerelease_;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept {
  if (a.major_ != b.major_) {
    return a.major_ <=> b.major_;
  }
  if (a.minor_ != b.minor_) {
    return a.minor_ <=> b.minor_;
  }
  if (a.patch_ != b.patch_) {
    return a.patch_ <=> b.patch_;
  }
  return compare_prereleases(a.prerelease(), b.prerelease());
}

}  // namespace sous
