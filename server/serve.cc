// A command line, and what it asks for.
#include "gdbhub/serve.h"

#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "server/app.h"
#include "server/dashboard_client.h"
#include "server/log_client.h"
#include "server/logging.h"
#include "server/options.h"
#include "server/say.h"
#include "server/selftest.h"

namespace gdbhub {
namespace {

struct Run {
  int operator()(const net::Information& information) const {
    std::cout << information.text << std::flush;
    return 0;
  }

  int operator()(const net::SelftestOptions& options) const {
    return net::run_selftests(options.filter, std::cout) == 0 ? 0 : 1;
  }

  int operator()(const net::LogOptions& options) const {
    return net::run_log_client(options, std::cout, std::cerr);
  }

  int operator()(const net::DashboardClientOptions& options) const {
    return net::run_dashboard_client(options, std::cout, std::cerr);
  }

  int operator()(net::ServeOptions& options) const {
    net::set_up_logging(options.debug);
    net::App app(std::move(options));
    auto status = app.run();
    return status ? *status : fail(status.error());
  }

  /// As gdbserver says that it could not begin.
  static int fail(const Error& error) {
    net::say(error.text);
    net::say("Exiting");
    return 1;
  }
};

}  // namespace

int serve(int argc, char** argv, std::span<const EngineKind> more) {
  std::vector<EngineKind> engines(net::own_engines().begin(), net::own_engines().end());
  engines.insert(engines.end(), more.begin(), more.end());
  auto command = net::parse_command_line(std::vector<std::string>(argv + 1, argv + argc), engines);
  if (!command) {
    std::cerr << command.error().text;
    return 1;
  }
  return std::visit(Run{}, *command);
}

}  // namespace gdbhub
