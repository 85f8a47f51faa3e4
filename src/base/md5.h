#pragma once

#include <string>
#include <string_view>

namespace sous {

/// The MD5 of `bytes` in hex. Only for names that the 2019 original derived with it; no protection.
std::string md5_hex(std::string_view bytes);

}  // namespace sous
