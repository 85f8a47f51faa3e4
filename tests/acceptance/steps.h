#pragma once

#include <string>
#include <vector>

#include "machine.h"

/// Steps that several acceptance tests take.
namespace sous::acceptance {

using Texts = std::vector<std::string>;

/// What a build told.
struct Built {
  std::string digest;
  std::string image;  // host/path@digest
  Texts advisories;
  bool rebuilt = false;
};

/// `sous build FLAGS...` in the checkout. Throws unless it ends well.
Built build(const Machine& machine, const Checkout& service, Texts flags = {});

/// `sous deploy -cluster local -tag TAG`. Throws unless it ends well.
void deploy(const Machine& machine, const Checkout& service, const std::string& tag);

/// The digest that `sous why -tag TAG FLAGS...` names. Throws where it is undecided.
std::string canonical(const Machine& machine,
                      const Checkout& service,
                      const std::string& tag,
                      Texts flags = {});

/// The state of the lock that `sous why -tag TAG` names.
std::string lock_state(const Machine& machine, const Checkout& service, const std::string& tag);

/// What the only deployment of `sous query ads` runs.
std::string running_digest(const Machine& machine, const Checkout& service);
std::string running_address(const Machine& machine, const Checkout& service);

/// Nothing is to do: `sous plan` exits with 0.
void expect_nothing_to_do(const Machine& machine, const Checkout& service);

/// The texts of an array.
Texts texts_at(const codec::Json& json, const Texts& path);

/// Copies an image between names of registries on this machine; what it is stays the same unless
/// options (e.g. `--format=v2s2`) say otherwise.
void copy_image(const std::string& from, const std::string& to, const Texts& options = {});

/// `host/path` of an image's name.
std::string repository_of(const std::string& image);
/// `/path` of it.
std::string path_of(const std::string& image);

}  // namespace sous::acceptance
