#include "base/md5.h"

#include <array>
#include <cstdint>
#include <stdexcept>

#include <openssl/evp.h>

#include "base/text.h"

namespace sous {

std::string md5_hex(std::string_view bytes) {
  std::array<std::uint8_t, 16> hash{};
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_md5(), nullptr) != 1) {
    throw std::runtime_error("MD5 is not to be had");
  }
  return to_hex(hash);
}

}  // namespace sous
