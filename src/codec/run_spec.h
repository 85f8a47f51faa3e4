#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sous::codec {

/// Files of the builder image that go into an image.
struct RunSpecFiles {
  std::string source;  // in the builder image
  std::string dest;    // in the image

  friend bool operator==(const RunSpecFiles&, const RunSpecFiles&) = default;
};

/// One image that a split build makes.
struct RunSpecImage {
  std::string kind;                 // empty: a service that can be deployed
  std::string offset;               // of its source location
  std::string from;                 // the image it is based on
  std::vector<RunSpecFiles> files;  // at least one
  std::vector<std::string> exec;    // at least one word

  friend bool operator==(const RunSpecImage&, const RunSpecImage&) = default;
};

/// The images of a run spec (docs/formats/run-spec.md): at least one, no two of one offset and
/// kind. An image without offset has that of the build. Fails with invalid_data, naming every flaw.
Result<std::vector<RunSpecImage>> parse_run_spec(std::string_view text,
                                                 const std::string& build_offset);

/// The variables of an image config's environment. Fails with invalid_data.
Result<std::map<std::string, std::string>> config_environment(std::string_view config);

/// The Dockerfile of one image, whose files come from the image `builder`. `arguments` become its
/// environment; their values must need no quotes.
std::string run_image_dockerfile(const RunSpecImage& image,
                                 const std::string& builder,
                                 const std::vector<std::pair<std::string, std::string>>& arguments);

/// The Dockerfile of an image that holds only a file of the image `builder`, as `/<name>`. Fails
/// with invalid_data for a path that a Dockerfile cannot name.
Result<std::string> one_file_dockerfile(const std::string& path,
                                        const std::string& builder,
                                        const std::string& name);

}  // namespace sous::codec
