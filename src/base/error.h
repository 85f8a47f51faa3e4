#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sous {

/// The closed set of things that can go wrong. Exit status and "try again?" derive from it in the
/// one table of error.cc; nothing else in the project may switch on an error's text.
enum class Code : std::uint8_t {
  usage,         ///< the command's own words are wrong
  invalid_data,  ///< input that cannot be read as what it should be
  not_found,
  already_exists,
  failed,       ///< the thing asked for was tried and did not succeed
  blocked,      ///< a policy forbids it
  unverified,   ///< begun, and its end was not seen; it may still happen
  undecided,    ///< data needed for the decision is missing
  conflict,     ///< somebody else changed what this change is about
  unavailable,  ///< a needed service does not answer; nothing began
  rate_limited,
  timeout,
  unauthorized,
  forbidden,
  cancelled,
  unsupported,
  internal,
};

/// The stable name of a code, as printed in JSON ("not_found").
std::string_view code_name(Code code) noexcept;
/// design.md section 12, "Exit status".
int exit_status(Code code) noexcept;
/// Whether the same call may succeed later without anybody changing anything.
bool is_transient(Code code) noexcept;

/// A failure as a value: what failed (message), while doing what (context, outermost first),
/// what to do next (hint) and every single problem found (details). Cheap to move; immutable
/// once shared. Texts carry no trailing period and never a secret.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message);

  Code code() const noexcept { return rep_->code; }

  const std::string& message() const noexcept { return rep_->message; }

  const std::string& hint() const noexcept { return rep_->hint; }

  const std::vector<std::string>& details() const noexcept { return rep_->details; }

  /// The context chain and the message, joined by ": ".
  std::string text() const;

  /// Adds what was being done; the last added is the outermost.
  Error&& with(std::string context) &&;
  Error&& hinted(std::string hint) &&;
  Error&& detailed(std::vector<std::string> details) &&;
  /// The same failure seen as another kind of failure.
  Error&& as(Code code) &&;

 private:
  struct Rep {
    Code code{Code::internal};
    std::string message;
    std::string hint;
    std::vector<std::string> context;  // innermost first
    std::vector<std::string> details;
  };

  Rep& own();

  std::shared_ptr<Rep> rep_;
};

}  // namespace sous
