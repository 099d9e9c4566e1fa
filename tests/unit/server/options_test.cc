// gdbserver's command line, form by form.
#include "server/options.h"

#include <gtest/gtest.h>

#include <sstream>

namespace gdbhub::net {
namespace {

using Strings = std::vector<std::string>;

Result<CommandLine> parse(const std::string& line) {
  std::istringstream words(line);
  const Strings arguments{std::istream_iterator<std::string>(words), {}};
  return parse_command_line(arguments);
}

/// What is compared of ServeOptions; `comm` is host|port, unix=path or stdio.
struct Expected {
  std::string line;
  std::string comm;
  Strings program = {};
  int attach = 0;
  bool multi = false;
  bool once = false;
  Strings wrapper = {};
  bool randomize = false;
  bool shell = true;
};

std::string text_of(const Endpoint& endpoint) {
  switch (endpoint.kind) {
    case Endpoint::Kind::Stdio:
      return "stdio";
    case Endpoint::Kind::Unix:
      return "unix=" + endpoint.path;
    case Endpoint::Kind::Device:
      return "device=" + endpoint.path;
    case Endpoint::Kind::Tcp:
      return endpoint.host + "|" + endpoint.port;
  }
  return "";
}

class CommandLineForms : public testing::TestWithParam<Expected> {};

TEST_P(CommandLineForms, IsReadAsGdbserverReadsIt) {
  const auto& expected = GetParam();
  const auto command = parse(expected.line);
  ASSERT_TRUE(command) << command.error().text;
  const auto* options = std::get_if<ServeOptions>(&command.value());
  ASSERT_NE(options, nullptr);
  ASSERT_EQ(options->listeners.size(), 1u);
  EXPECT_EQ(text_of(options->listeners[0].endpoint), expected.comm);
  EXPECT_EQ(options->program, expected.program);
  EXPECT_EQ(options->attach.value_or(Pid{0}).value, expected.attach);
  EXPECT_EQ(options->multi, expected.multi);
  EXPECT_EQ(options->once, expected.once);
  EXPECT_EQ(options->wrapper, expected.wrapper);
  EXPECT_EQ(options->disable_randomization, !expected.randomize);
  EXPECT_EQ(options->startup_with_shell, expected.shell);
}

INSTANTIATE_TEST_SUITE_P(
    All, CommandLineForms,
    testing::Values(
        Expected{.line = ":2345 prog", .comm = "|2345", .program = {"prog"}},
        Expected{.line = "localhost:2345 prog", .comm = "localhost|2345", .program = {"prog"}},
        Expected{.line = "127.0.0.1:0 ./prog -x --once",
                 .comm = "127.0.0.1|0",
                 .program = {"./prog", "-x", "--once"}},
        Expected{.line = "[::1]:2345 prog", .comm = "::1|2345", .program = {"prog"}},
        Expected{.line = "::1:2345 prog", .comm = "::1|2345", .program = {"prog"}},
        Expected{.line = "tcp:host:2345 prog", .comm = "host|2345", .program = {"prog"}},
        Expected{.line = "tcp::2345 prog", .comm = "|2345", .program = {"prog"}},
        Expected{.line = "tcp:2345 prog", .comm = "tcp|2345", .program = {"prog"}},
        Expected{.line = "unix:/run/x prog", .comm = "unix=/run/x", .program = {"prog"}},
        Expected{.line = "tcp4:host:2345 prog", .comm = "host|2345", .program = {"prog"}},
        Expected{.line = "tcp6:[::1]:2345 prog", .comm = "::1|2345", .program = {"prog"}},
        Expected{.line = "/dev/ttyS0 prog", .comm = "device=/dev/ttyS0", .program = {"prog"}},
        Expected{.line = "--attach :1 -42", .comm = "|1", .attach = -42},
        Expected{.line = "- prog --help", .comm = "stdio", .program = {"prog", "--help"}, .once = true},
        Expected{.line = "stdio prog", .comm = "stdio", .program = {"prog"}, .once = true},
        Expected{.line = "--once stdio prog", .comm = "stdio", .program = {"prog"}, .once = true},
        Expected{.line = "--multi localhost:2345", .comm = "localhost|2345", .multi = true},
        Expected{.line = "--multi :1 prog a", .comm = "|1", .program = {"prog", "a"}, .multi = true},
        Expected{.line = "--once --multi :1", .comm = "|1", .multi = true, .once = true},
        Expected{.line = "--attach :1 42", .comm = "|1", .attach = 42},
        Expected{.line = ":1 --attach 42", .comm = "|1", .attach = 42},
        Expected{.line = "--attach --once :1 42", .comm = "|1", .attach = 42, .once = true},
        Expected{.line = "--once localhost:1 --attach 42", .comm = "localhost|1", .attach = 42, .once = true},
        Expected{.line = ":1 prog --attach 42", .comm = "|1", .program = {"prog", "--attach", "42"}},
        Expected{.line = ":1 prog -- --wrapper x -- y",
                 .comm = "|1",
                 .program = {"prog", "--", "--wrapper", "x", "--", "y"}},
        Expected{.line = "--once --wrapper env -i A=1 -- :1 prog",
                 .comm = "|1",
                 .program = {"prog"},
                 .once = true,
                 .wrapper = {"env", "-i", "A=1"}},
        Expected{.line = "--wrapper env --multi -- --multi :1",
                 .comm = "|1",
                 .multi = true,
                 .wrapper = {"env", "--multi"}},
        Expected{.line = "--no-disable-randomization :1 prog",
                 .comm = "|1",
                 .program = {"prog"},
                 .randomize = true},
        Expected{.line = "--no-disable-randomization --disable-randomization :1 prog",
                 .comm = "|1",
                 .program = {"prog"}},
        Expected{
            .line = "--no-startup-with-shell :1 prog", .comm = "|1", .program = {"prog"}, .shell = false},
        Expected{.line = "--startup-with-shell :1 prog", .comm = "|1", .program = {"prog"}},
        Expected{.line = "--debug :1 prog", .comm = "|1", .program = {"prog"}},
        Expected{.line = "--once --once :1 prog", .comm = "|1", .program = {"prog"}, .once = true},
        Expected{.line = "--debug-format=all --debug-file=/tmp/x --remote-debug :1 prog",
                 .comm = "|1",
                 .program = {"prog"}}));

/// A line and what its error says.
using Wrong = std::pair<std::string, std::string>;

class WrongCommandLine : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCommandLine, IsExplained) {
  const auto command = parse(GetParam().first);
  ASSERT_FALSE(command);
  EXPECT_NE(command.error().text.find(GetParam().second), std::string::npos) << command.error().text;
  EXPECT_EQ(command.error().text.back(), '\n');
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongCommandLine,
    testing::Values(
        Wrong{"", "Usage:"}, Wrong{":1", "Usage:"}, Wrong{"--multi", "Usage:"},
        Wrong{"--bogus :1 prog", "Unknown argument: --bogus"}, Wrong{"--attach :1", "Usage:"},
        Wrong{"--attach :1 abc", "Usage:"}, Wrong{"--attach :1 12x", "Usage:"},
        Wrong{"--attach :1 1 2", "Usage:"}, Wrong{":1 --attach", "Usage:"},
        Wrong{"--wrapper env :1 prog", "the closing --"}, Wrong{"--wrapper -- :1 prog", "the closing --"},
        Wrong{"--disable-packet=vCont,foo :1 p", "Don't know how to disable \"foo\"."},
        Wrong{"--debug-format=foo :1 p", "Unknown debug-format argument: \"foo\""},
        Wrong{"--debug=foo :1 p", "Unknown debug component: \"foo\""}, Wrong{"[::1:0 prog", "Missing close bracket"},
        Wrong{"localhost: prog", "Missing port"}, Wrong{"unix: prog", "a path is missing"},
        Wrong{"--listen :2,role=king :1 p", "role=king"}, Wrong{"--listen :2,role :1 p", "role"},
        Wrong{"--listen - :1 p", "can only be COMM"}, Wrong{"--on-last-drop=party :1 p", "party"},
        Wrong{"--log-level loud :1 p", "loud"}, Wrong{"log", "--connect"}, Wrong{"log --at work", "--connect"}, Wrong{"log --at work --", "a program"},
        Wrong{"log --connect :1 --at work --args 7", "--args"}, Wrong{"log --connect :1 --count 0", "--count"}, Wrong{"log --connect -", "not the address of a hub"},
        Wrong{"log --connect nowhere", "not the address of a hub"}, Wrong{"log --connect :1 --bogus", "bogus"}));

class InformationOption : public testing::TestWithParam<Wrong> {};

TEST_P(InformationOption, IsPrintedWithSuccess) {
  const auto command = parse(GetParam().first);
  ASSERT_TRUE(command) << command.error().text;
  const auto* information = std::get_if<Information>(&command.value());
  ASSERT_NE(information, nullptr);
  EXPECT_NE(information->text.find(GetParam().second), std::string::npos) << information->text;
}

INSTANTIATE_TEST_SUITE_P(All, InformationOption,
                         testing::Values(Wrong{"--help", "--wrapper"}, Wrong{"--version", "gdbhub"},
                                         Wrong{"--once --version :1 prog", "gdbhub"},
                                         Wrong{"--disable-packet", "Disableable packets:"},
                                         Wrong{"log --help", "--json"}));

TEST(CommandLine, FurtherListenersHaveARoleAndAJoinPolicy) {
  auto command = parse(
      "--listen unix:/x,role=observer --listen :2,join=refuse --listen [::1]:3,role=observer,join=hold :1 p");
  ASSERT_TRUE(command) << command.error().text;
  const auto& listeners = std::get<ServeOptions>(*command).listeners;
  ASSERT_EQ(listeners.size(), 4u);
  EXPECT_EQ(listeners[0].endpoint.port, "1");
  EXPECT_EQ(listeners[0].role, Role::Controller);
  EXPECT_EQ(listeners[0].join, JoinPolicy::Hold);
  EXPECT_EQ(listeners[1].endpoint.path, "/x");
  EXPECT_EQ(listeners[1].role, Role::Observer);
  EXPECT_EQ(listeners[1].join, JoinPolicy::Snapshot);
  EXPECT_EQ(listeners[2].join, JoinPolicy::Refuse);
  EXPECT_EQ(listeners[3].join, JoinPolicy::Hold);
}

TEST(CommandLine, DebugOptionsAreOnesOwnComponents) {
  auto command = parse("--debug=remote,event-loop --debug-format=timestamp --log-level=info :1 p");
  ASSERT_TRUE(command) << command.error().text;
  const DebugOptions expected{
      .general = false, .remote = true, .event_loop = true, .timestamp = true, .file = "", .level = "info"};
  EXPECT_EQ(std::get<ServeOptions>(*command).debug, expected);
}

TEST(CommandLine, DisabledPacketsAndLastDrop) {
  auto command = parse("--disable-packet=T,qfThreadInfo --on-last-drop continue :1 p");
  ASSERT_TRUE(command) << command.error().text;
  const auto& options = std::get<ServeOptions>(*command);
  EXPECT_EQ(options.disabled_packets, (Strings{"T", "qfThreadInfo"}));
  EXPECT_EQ(options.on_last_drop, LastDrop::Continue);
}

TEST(CommandLine, LogFollowsAHub) {
  auto command = parse("log --connect unix:/run/hub --json");
  ASSERT_TRUE(command) << command.error().text;
  const auto& options = std::get<LogOptions>(*command);
  EXPECT_EQ(options.hub->path, "/run/hub");
  EXPECT_TRUE(options.json);
}

TEST(CommandLine, LogTakesLogpointsAndProcesses) {
  auto command = parse("log -p work --at a.c:3 --count 5 --every 2 --args 3 --registers --attach 12 --attach sshd --wait x -o file --json -- prog --at y");
  ASSERT_TRUE(command) << command.error().text;
  const auto& options = std::get<LogOptions>(*command);
  EXPECT_FALSE(options.hub);
  EXPECT_EQ(options.logpoints, (Strings{"work", "a.c:3"}));
  EXPECT_EQ(options.count, 5u);
  EXPECT_EQ(options.every, 2u);
  EXPECT_EQ(options.arguments, 3u);
  EXPECT_TRUE(options.registers);
  EXPECT_EQ(options.attach, (Strings{"12", "sshd"}));
  EXPECT_EQ(options.wait, "x");
  EXPECT_EQ(options.output, "file");
  EXPECT_EQ(options.program, (Strings{"prog", "--at", "y"})) << "the program's own words";
  EXPECT_FALSE(options.events) << "with logpoints only on demand";
  EXPECT_TRUE(options.reconnect);
}

}  // namespace
}  // namespace gdbhub::net
