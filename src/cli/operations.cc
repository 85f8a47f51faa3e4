#include "cli/operations.h"

#include <algorithm>

#include "cli/deployment_texts.h"
#include "cli/exit_status.h"
#include "cli/json_views.h"

namespace sous::cli {

app::OnOperation progress_to(Output& output) {
  return [&output](const Operation& operation) { output.progress(progress_line(operation)); };
}

Answer operations_answer(const std::vector<Operation>& operations, const Style& style) {
  std::vector<int> statuses;
  std::ranges::transform(operations, std::back_inserter(statuses), [](const Operation& operation) {
    return status_of(operation);
  });
  Answer out{.json = operations_json(operations),
             .text = operations_text(operations, style),
             .status = combined(statuses)};
  if (out.status == kNotVerified) {
    out.text +=
        "Not seen to its end: it may still happen. `sous query ads` shows how it is, `sous "
        "operations list` what was begun; `sous rectify -once` sees it through.\n";
  }
  return out;
}

}  // namespace sous::cli
