#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous {

/// A content address: `sha256:<64 hex>` (OCI image specification, "Digests"). Value type.
/// sha512 digests are held too, since registries may use them.
class Digest {
 public:
  enum class Algorithm : std::uint8_t { sha256, sha512 };

  /// Fails with invalid_data naming the expectation; upper-case hex is refused, as in the spec.
  static Result<Digest> parse(std::string_view text);
  static Digest sha256_of(std::string_view bytes);
  static Digest sha256(const std::array<std::uint8_t, 32>& bytes);

  Algorithm algorithm() const noexcept { return algorithm_; }

  /// `sha256:...`.
  std::string str() const;
  std::string hex() const;
  /// The first `digits` hex digits, for people and unique tags.
  std::string short_hex(std::size_t digits = 12) const;

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  friend class Hasher;
  friend struct std::hash<Digest>;

  Digest() = default;

  std::array<std::uint8_t, 64> bytes_{};
  Algorithm algorithm_ = Algorithm::sha256;
};

/// Computes a digest piece by piece. One thread at a time.
class Hasher {
 public:
  explicit Hasher(Digest::Algorithm algorithm = Digest::Algorithm::sha256);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void update(std::string_view bytes);
  /// Ends the computation; the hasher must not be used afterwards.
  Digest finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The SHA-1 of `bytes` in hex. Only for names that the 2019 original derived with it; no
/// protection.
std::string sha1_hex(std::string_view bytes);

}  // namespace sous

template <>
struct std::hash<sous::Digest> {
  std::size_t operator()(const sous::Digest& digest) const noexcept;
};
