#pragma once

#include "ports/process_runner.h"
#include "ports/source_inspector.h"

namespace sous::source_git {

/// SourceInspector by the `git` program, 2.31 or newer. Each question takes a fixed, small number
/// of runs of it, whatever the number of files and tags; nothing in the repository is changed but
/// by set_configured_repo.
class GitSourceInspector final : public SourceInspector {
 public:
  /// `processes` must outlive this object.
  explicit GitSourceInspector(ProcessRunner& processes) : processes_(processes) {}

  Result<SourceFacts> inspect(const std::string& directory, const Call& call) override;
  Result<RemoteTags> remote_tags(const std::string& root,
                                 const std::string& remote_url,
                                 const Call& call) override;
  Result<std::vector<bool>> names_directory(const std::string& root,
                                            std::span<const TaggedName> names,
                                            const Call& call) override;
  Result<std::optional<NearestTag>> nearest_tag(const std::string& root,
                                                std::span<const std::string> tags,
                                                const Call& call) override;
  Result<std::optional<Revision>> resolve(const std::string& root,
                                          const std::string& name,
                                          const Call& call) override;
  Status clone_at(const std::string& url,
                  const std::string& revision,
                  const std::string& into,
                  const Call& call) override;
  Status set_configured_repo(const std::string& root,
                             const std::string& repo,
                             const Call& call) override;

 private:
  ProcessRunner& processes_;
};

}  // namespace sous::source_git
