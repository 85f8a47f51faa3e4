#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/http_script.h"
#include "support/made_image.h"

namespace sous::support {

/// How a registry gives out its tag lists. Whatever it is, the same tags are meant.
struct ListHabit {
  enum class Order : std::uint8_t { sorted, reversed, by_last_character };
  enum class Link : std::uint8_t {
    path,          // </v2/app/tags/list?last=b&n=2>; rel="next"
    relative,      // <list?last=b&n=2>; rel="next"
    absolute,      // with scheme, host and port
    without_port,  // as Nexus: absolute, and the port is missing
    opaque,        // a parameter that only the registry understands
    unquoted,      // rel=next, with spaces and another parameter
  };

  std::string name;
  std::size_t page = 1000;  // whatever `n` asks for
  Order order = Order::sorted;
  Link link = Link::path;
};

/// A registry of one repository `app` as a script for ScriptedHttp: its images by tag, in pages as
/// its habit is. Manifests are found by tag and by digest.
HttpScript scripted_registry(const std::map<std::string, MadeImage>& images,
                             const ListHabit& habit);

/// Habits that differ from each other in page size, order and form of the link.
std::vector<ListHabit> list_habits();

}  // namespace sous::support
