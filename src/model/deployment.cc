#include "model/deployment.h"

namespace sous {

std::string_view health_text(Health health) {
  switch (health) {
    case Health::pending:
      return "pending";
    case Health::healthy:
      return "healthy";
    case Health::failed:
      return "failed";
    case Health::stopped:
      return "stopped";
    case Health::unknown:
      return "unknown";
  }
  return "";
}

}  // namespace sous
