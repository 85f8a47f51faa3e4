#include "model/gdm.h"

namespace sous {

const LockFile* Gdm::lock_file(const SourceId& source) const {
  const auto found = locks.find(source);
  return found == locks.end() ? nullptr : &found->second;
}

const GivenRecord* Gdm::given_record(const DeploymentId& deployment) const {
  const auto found = given.find(deployment);
  return found == given.end() ? nullptr : &found->second;
}

}  // namespace sous
