#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "model/manifest_id.h"
#include "ports/credentials.h"

namespace sous::scheduler_singularity {

/// How Singularity learns who calls.
enum class Auth : std::uint8_t {
  none,    ///< by the query parameter `user` alone
  header,  ///< X-Username
  token,   ///< Authorization: Token
};

struct SingularityOptions {
  ClusterName cluster;
  std::string base_url;       // with the context path, without a slash at the end
  std::string user = "sous";  // recorded as the one who acts
  Auth auth = Auth::none;
  Secret token = {};
  Duration poll = std::chrono::seconds(2);           // between two looks at what is on its way
  Duration answer_limit = std::chrono::seconds(15);  // no byte for so long ends a call
  Duration whole_limit = std::chrono::minutes(1);    // an answer that is not whole by then is none
};

}  // namespace sous::scheduler_singularity
