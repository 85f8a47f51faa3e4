#include "app/build_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::app {
namespace {

constexpr std::array<std::string_view, 2> kBuildFiles{"Dockerfile", "Containerfile"};
constexpr std::uint64_t kMaxDockerfile = 1ULL << 20U;
constexpr std::uint64_t kMaxRunSpec = 1ULL << 20U;
constexpr std::uint32_t kOwnerOnly = 0600;
constexpr const char* kVersionArgument = "APP_VERSION";
constexpr const char* kRevisionArgument = "APP_REVISION";
constexpr const char* kRunSpecVariable = "SOUS_RUN_IMAGE_SPEC";
constexpr const char* kRunSpecFile = "run-spec";

std::string source_directory(const SourceReading& reading) {
  const std::string& offset = reading.context.source.location.offset();
  return offset.empty() ? reading.facts.root : reading.facts.root + "/" + offset;
}

Result<std::string> find_build_file(Node& node, const std::string& directory) {
  if (!SOUS_TRY(node.files.info(directory))) {
    return Error(Code::usage, fmt::format("there is no directory {}", directory))
        .hinted("the offset is a directory below the root of the checkout");
  }
  for (const auto name : kBuildFiles) {
    std::string path = fmt::format("{}/{}", directory, name);
    if (SOUS_TRY(node.files.info(path))) {
      return path;
    }
  }
  return Error(Code::usage, fmt::format("there is no Dockerfile in {}", directory))
      .hinted("add one, or name the directory: `sous build PATH`");
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  constexpr std::string_view kBlank = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return out;
}

/// Whether a Dockerfile takes a build argument: a line `ARG <name>`, with or without a default.
bool declares(std::string_view dockerfile, std::string_view name) {
  return std::ranges::any_of(split(dockerfile, '\n'), [&](std::string_view line) {
    const auto words = words_of(line);
    return !words.empty() && to_lower_ascii(words.front()) == "arg" &&
           std::ranges::any_of(words, [&](std::string_view word) {
             return word.substr(0, word.find('=')) == name;
           });
  });
}

std::vector<std::pair<std::string, std::string>> build_arguments(const SourceReading& reading) {
  return {{kVersionArgument, reading.context.source.version.canonical()},
          {kRevisionArgument, reading.context.revision->str()}};
}

/// The directory of a Dockerfile that Sous writes; it is the whole context.
Result<std::string> own_context(Node& node,
                                const std::string& directory,
                                std::string_view dockerfile) {
  std::string path = directory + "/Dockerfile";
  SOUS_TRY_VOID(node.files.write(path, dockerfile, kOwnerOnly));
  return path;
}

}  // namespace

std::string intermediate_image(const std::string& build, std::string_view role) {
  return fmt::format("localhost/{}:{}", build, role);
}

Result<BuildOrder> source_order(Node& node,
                                const SourceReading& reading,
                                bool pull,
                                const std::string& build,
                                const std::string& space) {
  const std::string directory = source_directory(reading);
  auto dockerfile = SOUS_TRY(find_build_file(node, directory));
  BuildOrder out{.context = directory,
                 .dockerfile = std::move(dockerfile),
                 .build_args = {},
                 .timestamp = reading.facts.head_time,
                 .pull = pull,
                 .layout = space + "/layout",
                 .files = {},
                 .name = intermediate_image(build, "source")};
  const auto text = SOUS_TRY(node.files.read(out.dockerfile, kMaxDockerfile));
  for (auto& argument : build_arguments(reading)) {
    if (declares(text, argument.first)) {
      out.build_args.push_back(std::move(argument));
    }
  }
  return out;
}

Result<std::optional<std::string>> run_spec_path(const BuiltLayout& built) {
  const auto environment = SOUS_TRY(codec::config_environment(built.config));
  const auto spec = environment.find(kRunSpecVariable);
  if (spec == environment.end() || spec->second.empty()) {
    return std::optional<std::string>{};
  }
  if (environment.contains("BUILD_OUT")) {
    return Error(Code::unsupported,
                 "the image sets SOUS_RUN_IMAGE_SPEC and BUILD_OUT: builds that run a container "
                 "are not supported yet")
        .hinted("build in RUN steps, and leave out BUILD_OUT");
  }
  return std::optional{spec->second};
}

Result<bool> is_build_image(std::string_view config) {
  const auto environment = SOUS_TRY(codec::config_environment(config));
  const auto spec = environment.find(kRunSpecVariable);
  return spec != environment.end() && !spec->second.empty();
}

Result<std::vector<codec::RunSpecImage>> read_run_spec(Node& node,
                                                       const BuildOrder& source,
                                                       const std::string& path,
                                                       const SourceReading& reading,
                                                       const std::string& space,
                                                       const Call& call) {
  const std::string context = space + "/run-spec-context";
  const auto dockerfile = SOUS_TRY(codec::one_file_dockerfile(path, source.name, kRunSpecFile));
  const std::string build = source.name.substr(0, source.name.rfind(':'));
  auto dockerfile_path = SOUS_TRY(own_context(node, context, dockerfile));
  const BuildOrder order{.context = context,
                         .dockerfile = std::move(dockerfile_path),
                         .build_args = {},
                         .timestamp = {},
                         .pull = false,
                         .layout = {},
                         .files = space + "/run-spec",
                         .name = build + ":run-spec"};
  SOUS_TRY_VOID(
      node.builder.build(order, {}, call).with(fmt::format("reading the run spec {}", path)));
  const auto text =
      SOUS_TRY(node.files.read(fmt::format("{}/{}", order.files, kRunSpecFile), kMaxRunSpec)
                   .with(fmt::format("reading the run spec {}", path)));
  return codec::parse_run_spec(text, reading.context.source.location.offset()).with(path);
}

Result<BuildOrder> product_order(Node& node,
                                 const BuildOrder& source,
                                 const codec::RunSpecImage& image,
                                 std::size_t number,
                                 const SourceReading& reading,
                                 const std::string& space) {
  const std::string role = fmt::format("product-{}", number);
  const std::string context = fmt::format("{}/{}-context", space, role);
  const auto dockerfile = codec::run_image_dockerfile(image, source.name, build_arguments(reading));
  auto dockerfile_path = SOUS_TRY(own_context(node, context, dockerfile));
  return BuildOrder{.context = context,
                    .dockerfile = std::move(dockerfile_path),
                    .build_args = {},
                    .timestamp = source.timestamp,
                    .pull = source.pull,
                    .layout = fmt::format("{}/{}", space, role),
                    .files = {},
                    .name = source.name.substr(0, source.name.rfind(':') + 1) + role};
}

}  // namespace sous::app
