#include "base/error.h"

#include <array>
#include <cstddef>
#include <ranges>
#include <utility>

namespace sous {
namespace {

struct CodeRow {
  Code code;
  std::string_view name;
  int exit;
  bool transient;
};

// Exit status as in design.md section 12.
constexpr std::array kCodes{
    CodeRow{Code::usage, "usage", 64, false},
    CodeRow{Code::invalid_data, "invalid_data", 65, false},
    CodeRow{Code::not_found, "not_found", 1, false},
    CodeRow{Code::already_exists, "already_exists", 1, false},
    CodeRow{Code::failed, "failed", 1, false},
    CodeRow{Code::blocked, "blocked", 3, false},
    CodeRow{Code::unverified, "unverified", 4, true},
    CodeRow{Code::undecided, "undecided", 5, true},
    CodeRow{Code::conflict, "conflict", 6, false},
    CodeRow{Code::unavailable, "unavailable", 69, true},
    CodeRow{Code::rate_limited, "rate_limited", 69, true},
    CodeRow{Code::timeout, "timeout", 69, true},
    CodeRow{Code::unauthorized, "unauthorized", 77, false},
    CodeRow{Code::forbidden, "forbidden", 77, false},
    CodeRow{Code::cancelled, "cancelled", 1, false},
    CodeRow{Code::unsupported, "unsupported", 1, false},
    CodeRow{Code::internal, "internal", 70, false},
};

constexpr bool rows_stand_at_their_code() {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (static_cast<std::size_t>(kCodes[i].code) != i) {
      return false;
    }
  }
  return kCodes.size() == static_cast<std::size_t>(Code::internal) + 1;
}

static_assert(rows_stand_at_their_code());

const CodeRow& row(Code code) noexcept { return kCodes[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view code_name(Code code) noexcept { return row(code).name; }

int exit_status(Code code) noexcept { return row(code).exit; }

bool is_transient(Code code) noexcept { return row(code).transient; }

Error::Error(Code code, std::string message) : rep_(std::make_shared<Rep>()) {
  rep_->code = code;
  rep_->message = std::move(message);
}

std::string Error::text() const {
  std::string out;
  for (const auto& context : rep_->context | std::views::reverse) {
    out += context;
    out += ": ";
  }
  return out + rep_->message;
}

// Copies share the representation, so a change to one must not show in the other.
Error::Rep& Error::own() {
  if (rep_.use_count() > 1) {
    rep_ = std::make_shared<Rep>(*rep_);
  }
  return *rep_;
}

Error&& Error::with(std::string context) && {
  own().context.push_back(std::move(context));
  return std::move(*this);
}

Error&& Error::hinted(std::string hint) && {
  own().hint = std::move(hint);
  return std::move(*this);
}

Error&& Error::detailed(std::vector<std::string> details) && {
  own().details = std::move(details);
  return std::move(*this);
}

Error&& Error::as(Code code) && {
  own().code = code;
  return std::move(*this);
}

}  // namespace sous
