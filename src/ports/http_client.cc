#include "ports/http_client.h"

#include "base/text.h"

namespace sous {

const std::string* HttpResponse::header(std::string_view name) const {
  const std::string wanted = to_lower_ascii(name);
  for (const auto& [key, value] : headers) {
    if (key.size() == wanted.size() && to_lower_ascii(key) == wanted) {
      return &value;
    }
  }
  return nullptr;
}

}  // namespace sous
