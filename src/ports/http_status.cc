#include "ports/http_status.h"

namespace sous {

Code code_of_http_status(int status) {
  switch (status) {
    case 401:
      return Code::unauthorized;
    case 403:
      return Code::forbidden;
    case 404:
      return Code::not_found;
    case 408:
      return Code::timeout;
    case 429:
      return Code::rate_limited;
    default:
      return status >= 500 ? Code::unavailable : Code::failed;
  }
}

}  // namespace sous
