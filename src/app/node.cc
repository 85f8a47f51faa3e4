#include "app/node.h"

namespace sous::app {

std::string Node::who() const {
  const Author& user = settings.user;
  if (user.name.empty()) {
    return user.email;
  }
  return user.email.empty() ? user.name : user.name + " <" + user.email + ">";
}

}  // namespace sous::app
