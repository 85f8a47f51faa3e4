#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sous {

/// The canonical repository of a git remote: `host/path` without scheme, user, port and `.git`, the
/// host in lower case; `localhost/<absolute path>` for an absolute path or a file URL (design.md
/// section 4; rows C1 and section 2.2 of sous-original). The result is a repository that
/// SourceLocation accepts. Fails with invalid_data: relative paths, and `host:path` without a user,
/// whose host may be an alias of this machine.
Result<std::string> canonical_repo(std::string_view remote_url);

/// The URL as it may be shown or stored: without password, query and fragment. The user name stays
/// only with ssh, where it is part of the address; with any other scheme it may be a token.
std::string without_credentials(std::string_view remote_url);

/// The `-source` flag's location: a repository of any host with the offset after `,`; for
/// github.com the offset may also follow the repository after a `/`, and its grammar is checked
/// (sous-original 1.5).
Result<std::pair<std::string, std::string>> parse_source_flag(std::string_view text);

}  // namespace sous
