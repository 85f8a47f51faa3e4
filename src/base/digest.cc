#include "base/digest.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/text.h"

namespace sous {
namespace {

struct Kind {
  Digest::Algorithm algorithm;
  std::string_view prefix;
  std::size_t size;
};

constexpr std::array kKinds{
    Kind{.algorithm = Digest::Algorithm::sha256, .prefix = "sha256:", .size = 32},
    Kind{.algorithm = Digest::Algorithm::sha512, .prefix = "sha512:", .size = 64},
};

const Kind& kind_of(Digest::Algorithm algorithm) {
  return kKinds[static_cast<std::size_t>(algorithm)];
}

constexpr int nibble(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return -1;
}

bool read_hex(std::string_view hex, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

struct FreeMethod {
  void operator()(EVP_MD* method) const { EVP_MD_free(method); }
};

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Method = std::unique_ptr<EVP_MD, FreeMethod>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Memory is the only thing these calls can run out of.
template <typename Pointer>
Pointer checked(Pointer pointer) {
  if (!pointer) {
    throw std::bad_alloc();
  }
  return pointer;
}

void checked(int answer) {
  if (answer != 1) {
    throw std::bad_alloc();
  }
}

// Fetched once: looking a method up costs more than a short message.
const EVP_MD* method_of(Digest::Algorithm algorithm) {
  static const Method kSha256 = checked(Method{EVP_MD_fetch(nullptr, "SHA256", nullptr)});
  static const Method kSha512 = checked(Method{EVP_MD_fetch(nullptr, "SHA512", nullptr)});
  return algorithm == Digest::Algorithm::sha256 ? kSha256.get() : kSha512.get();
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  for (const Kind& kind : kKinds) {
    if (!text.starts_with(kind.prefix)) {
      continue;
    }
    const std::string_view hex = text.substr(kind.prefix.size());
    Digest digest;
    digest.algorithm_ = kind.algorithm;
    if (hex.size() == 2 * kind.size && read_hex(hex, std::span(digest.bytes_).first(kind.size))) {
      return digest;
    }
    return Error(Code::invalid_data,
                 fmt::format("{} is not a digest: expected {} lower-case hex digits after {}",
                             quote(text),
                             2 * kind.size,
                             kind.prefix));
  }
  return Error(Code::invalid_data,
               fmt::format("{} is not a digest: expected sha256: and 64 lower-case hex digits",
                           quote(text)));
}

Digest Digest::sha256_of(std::string_view bytes) {
  thread_local const Context context = checked(Context{EVP_MD_CTX_new()});
  Digest digest;
  checked(EVP_DigestInit_ex2(context.get(), method_of(Algorithm::sha256), nullptr));
  checked(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()));
  checked(EVP_DigestFinal_ex(context.get(), digest.bytes_.data(), nullptr));
  return digest;
}

Digest Digest::sha256(const std::array<std::uint8_t, 32>& bytes) {
  Digest digest;
  std::ranges::copy(bytes, digest.bytes_.begin());
  return digest;
}

std::string Digest::str() const { return std::string{kind_of(algorithm_).prefix} + hex(); }

std::string Digest::hex() const {
  return to_hex(std::span(bytes_).first(kind_of(algorithm_).size));
}

std::string Digest::short_hex(std::size_t digits) const { return hex().substr(0, digits); }

struct Hasher::Impl {
  Context context;
  Digest::Algorithm algorithm;
};

Hasher::Hasher(Digest::Algorithm algorithm)
    : impl_(std::make_unique<Impl>(
          Impl{.context = checked(Context{EVP_MD_CTX_new()}), .algorithm = algorithm})) {
  checked(EVP_DigestInit_ex2(impl_->context.get(), method_of(algorithm), nullptr));
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) {
  checked(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()));
}

Digest Hasher::finish() {
  Digest digest;
  digest.algorithm_ = impl_->algorithm;
  checked(EVP_DigestFinal_ex(impl_->context.get(), digest.bytes_.data(), nullptr));
  return digest;
}

std::string sha1_hex(std::string_view bytes) {
  const Method method = checked(Method{EVP_MD_fetch(nullptr, "SHA1", nullptr)});
  std::array<std::uint8_t, 20> hash{};
  checked(EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, method.get(), nullptr));
  return to_hex(hash);
}

}  // namespace sous

std::size_t std::hash<sous::Digest>::operator()(const sous::Digest& digest) const noexcept {
  // A digest is evenly spread already; any part of it is a good hash.
  std::size_t value = 0;
  std::memcpy(&value, digest.bytes_.data(), sizeof value);
  return value;
}
