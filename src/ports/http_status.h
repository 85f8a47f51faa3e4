#pragma once

#include "base/error.h"

namespace sous {

/// What an HTTP status that is no success means, where a service gives it no meaning of its own.
Code code_of_http_status(int status);

}  // namespace sous
