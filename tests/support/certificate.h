#pragma once

#include <cstdint>

#include "support/temp_dir.h"

namespace sous::support {

enum class KeyKind : std::uint8_t { elliptic, rsa };

/// Writes `key.pem` and a certificate of it for loopback, signed by itself, as `cert.pem`. Throws
/// when openssl makes none.
void make_certificate(const TempDir& directory, KeyKind kind = KeyKind::elliptic);

}  // namespace sous::support
