#include "support/certificate.h"

#include <stdexcept>

#include "adapters/process_posix/process_runner.h"
#include "adapters/system_posix/clock.h"

namespace sous::support {

void make_certificate(const TempDir& directory, KeyKind kind) {
  ProcessSpec spec;
  spec.argv = {"openssl",
               "req",
               "-x509",
               "-newkey",
               kind == KeyKind::rsa ? "rsa" : "ec",
               "-pkeyopt",
               kind == KeyKind::rsa ? "rsa_keygen_bits:2048" : "ec_paramgen_curve:P-256",
               "-nodes",
               "-days",
               "2",
               "-subj",
               "/CN=localhost",
               "-addext",
               "subjectAltName=IP:127.0.0.1,DNS:localhost",
               "-keyout",
               directory / "key.pem",
               "-out",
               directory / "cert.pem"};
  system_posix::SystemClock clock;
  const auto result = process_posix::PosixProcessRunner(clock).run(spec, Call{});
  if (!result.has_value() || result->exit_code != 0) {
    throw std::runtime_error("openssl makes no certificate");
  }
}

}  // namespace sous::support
