#include "model/lock.h"

#include <algorithm>

namespace sous {
namespace {

template <typename T, typename Predicate>
const T* find_in(const std::vector<T>& items, Predicate matches) {
  const auto found = std::find_if(items.begin(), items.end(), matches);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const Lock* LockFile::final_lock() const {
  return find_in(locks, [](const Lock& lock) { return lock.state == Lock::State::final_; });
}

const Lock* LockFile::lock_of(const Revision& revision) const {
  return find_in(locks, [&](const Lock& lock) { return lock.revision == revision; });
}

const Registration* LockFile::registration_of(const Digest& digest) const {
  return find_in(registrations, [&](const Registration& r) { return r.digest == digest; });
}

}  // namespace sous
