#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/manifest_id.h"
#include "model/source_id.h"

namespace sous::codec {

/// Where the records of the GDM are (design.md section 9). Paths are relative, have `/` between
/// their parts, and no part is empty, `.`, `..`, or a name that git reserves. What is unsafe in a
/// name is written `%XX`; in practice nothing is. Different names have different paths, and no
/// record's path is a directory of another's.
inline constexpr std::string_view kFormatPath = "sous.yaml";
inline constexpr std::string_view kDefinitionsPath = "defs.yaml";
inline constexpr std::string_view kManifestsDirectory = "manifests/";
inline constexpr std::string_view kLocksDirectory = "locks/";
inline constexpr std::string_view kGivenDirectory = "given/";

/// `manifests/<repo>[,<offset>][~<flavor>].yaml`.
std::string manifest_path(const ManifestId& id);
/// `locks/<repo>[,<offset>]/<M.m.p[-pre]>.yaml`.
std::string lock_path(const SourceId& source);
/// `given/<repo>[,<offset>][~<flavor>]/<cluster>.yaml`.
std::string given_path(const DeploymentId& deployment);

/// The names behind a path. Fail with invalid_data for any path that the functions above would not
/// give for that name.
Result<ManifestId> manifest_of_path(std::string_view path);
Result<SourceId> lock_of_path(std::string_view path);
Result<DeploymentId> given_of_path(std::string_view path);

}  // namespace sous::codec
