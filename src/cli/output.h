#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "cli/command.h"
#include "cli/table.h"
#include "cli/wiring.h"

namespace sous::cli {

enum class Format : std::uint8_t { table, json, yaml };

/// The only way to standard output and standard error: answers go to the one, talk to the other.
class Output {
 public:
  Output(Wiring& wiring, const Environment& environment, Format format, Verbosity verbosity);

  /// How an answer's text may look.
  const Style& style() const noexcept { return out_style_; }

  /// How talk may look.
  const Style& talk_style() const noexcept { return err_style_; }

  bool for_people() const noexcept { return format_ == Format::table; }

  void answer(const Answer& answer);
  /// What failed, why, and what to do; for programs also as a document on standard output.
  void failure(const Error& error);
  /// A line about what is being done; not with -q.
  void progress(std::string_view line);
  /// A line about details of it; only with -v.
  void detail(std::string_view line);
  /// A line that people should see even with -q.
  void note(std::string_view line);
  /// A text as it is, on standard output or standard error.
  void page(std::string_view text);
  void page_as_talk(std::string_view text);

 private:
  void document(const codec::Json& json);

  Wiring& wiring_;
  Format format_;
  Verbosity verbosity_;
  Style out_style_;
  Style err_style_;
};

/// The text of an answer in JSON or YAML.
std::string as_document(const codec::Json& json, Format format);

}  // namespace sous::cli
