#pragma once

#include <string>

#include "model/image_ref.h"
#include "model/labels.h"

namespace sous {

/// A pushed build that the GDM does not have yet (design.md section 9): kept on this machine until
/// the GDM's remote answers.
struct PendingBuild {
  std::string gdm_id;  // of the GDM that is to have it
  ArtifactStamp stamp;
  std::string kind;  // of the product; empty is the service itself
  ImageRepository repository;
  std::string remote_url;  // what it was built from, without credentials
  bool anyway = false;     // also where a final lock names another revision
  std::string layout;      // directory below that of the build
  std::string author_name;
  std::string author_email;
};

}  // namespace sous
