#pragma once

#include <map>
#include <string>

#include "base/locked.h"

namespace sous::registry_oci {

/// What a host turned out to do or not to do, whatever the specification says.
struct Profile {
  bool refuses_page_size = false;
  bool head_without_digest = false;
  bool head_works = false;  // a HEAD was seen to agree with a GET
};

/// The profiles by host. Thread-safe.
class Profiles {
 public:
  Profile of(const std::string& host) {
    auto guard = profiles_.lock();
    return (*guard)[host];
  }

  template <typename Change>
  void learn(const std::string& host, const Change& change) {
    auto guard = profiles_.lock();
    change((*guard)[host]);
  }

 private:
  Locked<std::map<std::string, Profile>> profiles_;
};

}  // namespace sous::registry_oci
