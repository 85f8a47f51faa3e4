#include "steps.h"

#include <gtest/gtest.h>

namespace sous::acceptance {

Texts texts_at(const codec::Json& json, const Texts& path) {
  Texts out;
  const codec::Json& list = at(json, path);
  for (const codec::Json& item : *list.as_array()) {
    out.push_back(*item.as_string());
  }
  return out;
}

Built build(const Machine& machine, const Checkout& service, Texts flags) {
  flags.insert(flags.begin(), "build");
  const codec::Json answer = machine.answer(service.directory(), std::move(flags));
  return {.digest = text_at(answer, {"digest"}),
          .image = text_at(answer, {"image"}),
          .advisories = texts_at(answer, {"advisories"}),
          .rebuilt = at(answer, {"rebuilt"}).as_bool().value()};
}

void deploy(const Machine& machine, const Checkout& service, const std::string& tag) {
  machine.answer(service.directory(), {"deploy", "-cluster", "local", "-tag", tag});
}

std::string canonical(const Machine& machine,
                      const Checkout& service,
                      const std::string& tag,
                      Texts flags) {
  flags.insert(flags.begin(), {"why", "-tag", tag});
  return text_at(machine.answer(service.directory(), std::move(flags)), {"digest"});
}

std::string lock_state(const Machine& machine, const Checkout& service, const std::string& tag) {
  return text_at(machine.answer(service.directory(), {"why", "-tag", tag}), {"lock", "state"});
}

std::string running_digest(const Machine& machine, const Checkout& service) {
  return text_at(machine.answer(service.directory(), {"query", "ads"}),
                 {"deployments", "0", "running_digest"});
}

std::string running_address(const Machine& machine, const Checkout& service) {
  return text_at(machine.answer(service.directory(), {"query", "ads"}),
                 {"deployments", "0", "addresses", "0"});
}

void expect_nothing_to_do(const Machine& machine, const Checkout& service) {
  const Ran plan = machine.sous(service.directory(), {"plan"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

void copy_image(const std::string& from, const std::string& to, const Texts& options) {
  Texts command{"skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {"docker://" + from, "docker://" + to});
  support::run_program(command);
}

std::string repository_of(const std::string& image) { return image.substr(0, image.find('@')); }

std::string path_of(const std::string& image) {
  const std::string repository = repository_of(image);
  return repository.substr(repository.find('/'));
}

}  // namespace sous::acceptance
