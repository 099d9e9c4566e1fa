#include "server/log_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace gdbhub::net {
namespace {

constexpr const char* kHelp =
    R"(Prints a line each time that a thread passes a place in a program. Nobody is held; debuggers may be connected.

  gdbhub log --attach nginx --at ngx_http_process_request
  gdbhub log --attach 4711 --at 'server.c:120:"fd %d", $rdi if $rdi > 100'
  gdbhub log --at 'work, $arg1' --count 100 -- ./prog ARGS ...
  gdbhub log --connect :2345 --at 'open64:"%s", (char*)$arg1'   in a hub that runs
  gdbhub log --connect :2345                                    all that happens there

A logpoint: LOCATION [,"FORMAT"] [,EXPRESSION ...] [if CONDITION]
  LOCATION    FUNCTION (C++ too: ns::f or f), FILE:LINE, *ADDRESS, *FUNCTION+OFFSET
  FORMAT      printf's, with an EXPRESSION for each conversion
  EXPRESSION  C's operators on 64-bit integers; casts to C's integers and pointers; * and [] read the process's
              memory; 'c' and "text", which == and != compare with text and char*; and
              $arg1 ... $arg6 (at a function's first instruction), $rax ... $r15 $rip $eflags, $pc $sp $fp,
              $ret ($rax), $tid $pid $thread (its name) $hits (of this logpoint)

Nothing comes? See docs/logging.md.)";

Error wrong(std::string text) {
  return {ErrorCode::InvalidArgument, 0, std::move(text) + "\n"};
}

}  // namespace

Result<CommandLine> parse_log_options(std::vector<std::string> arguments) {
  LogOptions options;
  std::string hub;
  // What follows -- is the program's: CLI11 is not to see it.
  const auto dashes = std::ranges::find(arguments, "--");
  if (dashes != arguments.end()) {
    options.program.assign(dashes + 1, arguments.end());
    if (options.program.empty()) return wrong("gdbhub log: -- is followed by a program and its arguments");
    arguments.erase(dashes, arguments.end());
  }
  CLI::App app(kHelp, "gdbhub log");
  const auto at_least_one = CLI::Range(std::uint64_t{1}, UINT64_MAX).description("");
  app.add_option("--connect", hub, "The hub: HOST:PORT or unix:PATH")->type_name("ADDR");
  app.add_option("-p,--at", options.logpoints, "A logpoint; may be repeated")
      ->type_name("LOGPOINT")
      ->allow_extra_args(false);
  app.add_option("--count", options.count, "End each logpoint after N lines; with the last one all ends")
      ->type_name("N")
      ->check(at_least_one);
  app.add_option("--every", options.every, "Print each N-th hit only")
      ->type_name("N")
      ->check(at_least_one);
  app.add_flag("--registers", options.registers, "Print the general registers, too");
  app.add_option("--args", options.arguments, "Print N (up to 6) integer arguments of the function, too")
      ->type_name("N")
      ->check(CLI::Range(0, 6).description(""));
  app.add_option("--attach", options.attach, "Attach to a process, or to all that are called so")
      ->type_name("PID|NAME")
      ->allow_extra_args(false);
  app.add_option("--wait", options.wait, "Attach to the next process that is called so")->type_name("NAME");
  app.add_flag("--events", options.events, "Print all events; the default without logpoints");
  app.add_flag("--json", options.json, "One JSON object a line (docs/logging.md)");
  app.add_option("-o,--output", options.output, "Print to a file")->type_name("FILE");
  bool no_reconnect = false;
  app.add_flag("--no-reconnect", no_reconnect,
               "End with the hub, rather than wait for the next one at its address");
  try {
    std::ranges::reverse(arguments);
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return CommandLine(Information{app.help()});
  } catch (const CLI::ParseError& error) {
    return wrong(std::string("gdbhub log: ") + error.what() + "\nRun gdbhub log --help for its options.");
  }
  if (hub.empty() && !options.brings_processes())
    return wrong(
        "gdbhub log: what is to be followed? --connect a hub, --attach to a process, --wait for one, or give "
        "a program after --");
  if (!hub.empty()) {
    auto endpoint = parse_endpoint(hub);
    if (!endpoint) return wrong(endpoint.error().text);
    if (endpoint->kind == Endpoint::Kind::Stdio || endpoint->kind == Endpoint::Kind::Device)
      return wrong("--connect: " + hub + " is not the address of a hub");
    options.hub = std::move(*endpoint);
  }
  options.reconnect = !no_reconnect;
  options.events = options.events || options.logpoints.empty();
  return CommandLine(std::move(options));
}

}  // namespace gdbhub::net
