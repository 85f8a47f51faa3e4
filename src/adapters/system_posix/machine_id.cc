#include "adapters/system_posix/machine_id.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace sous::system_posix {
namespace {

constexpr std::uint64_t kLongestFile = 256;
constexpr std::size_t kDigits = 32;
constexpr std::uint32_t kReadableByAll = 0644;

std::optional<std::string> as_id(std::string_view text) {
  const std::string id = to_lower_ascii(trim(text));
  const bool hex =
      std::ranges::all_of(id, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  const bool zero = std::ranges::all_of(id, [](char c) { return c == '0'; });
  return id.size() == kDigits && hex && !zero ? std::optional(id) : std::nullopt;
}

std::string random_id(Rng& rng) {
  std::array<std::uint8_t, kDigits / 2> bytes{};
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bits = i % sizeof bits == 0 ? rng.next() : bits >> 8U;
    bytes[i] = static_cast<std::uint8_t>(bits & 0xffU);
  }
  return to_hex(bytes);
}

Result<std::optional<std::string>> stored_id(FileSystem& files, const std::string& path) {
  const auto text = files.read(path, kLongestFile);
  if (!text.has_value()) {
    if (text.error().code() == Code::not_found) {
      return std::optional<std::string>();
    }
    return text.error();
  }
  auto id = as_id(*text);
  if (!id) {
    return Error(Code::invalid_data, path + " holds no machine id")
        .hinted("remove it to have a new one made; this machine's clusters must then be set again");
  }
  return id;
}

}  // namespace

Result<std::string> machine_id(FileSystem& files,
                               Rng& rng,
                               const std::string& system_path,
                               const std::string& own_path) {
  // A container's may be missing, empty or `uninitialized`.
  if (const auto text = files.read(system_path, kLongestFile); text.has_value()) {
    if (auto id = as_id(*text)) {
      return *std::move(id);
    }
  }
  if (auto id = SOUS_TRY(stored_id(files, own_path))) {
    return *std::move(id);
  }
  // Two first runs at once must come to the same id.
  const auto lock = SOUS_TRY(files.lock(own_path + ".lock", {}));
  if (auto id = SOUS_TRY(stored_id(files, own_path))) {
    return *std::move(id);
  }
  std::string id = random_id(rng);
  SOUS_TRY_VOID(files.write(own_path, id + "\n", kReadableByAll));
  return id;
}

}  // namespace sous::system_posix
