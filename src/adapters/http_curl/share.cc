#include "adapters/http_curl/share.h"

#include <cstddef>

namespace sous::http_curl {

Share::Share() : share_(curl_share_init()) {
  curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Share::lock);
  curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Share::unlock);
  curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

Share::~Share() { curl_share_cleanup(share_); }

void Share::lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
  static_cast<Share*>(self)->mutexes_[static_cast<std::size_t>(data)].lock();
}

void Share::unlock(CURL*, curl_lock_data data, void* self) {
  static_cast<Share*>(self)->mutexes_[static_cast<std::size_t>(data)].unlock();
}

}  // namespace sous::http_curl
