#include "server/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "server/usage.h"

namespace gdbhub::net {
namespace {

using Arguments = std::vector<std::string>;

struct DisablePacket {
  std::string_view name, meaning;
};
constexpr std::array kDisablePackets = {
    DisablePacket{"vCont", "All vCont packets"},
    DisablePacket{"vConts", "The s and S actions of vCont"},
    DisablePacket{"qC", "Querying the current thread"},
    DisablePacket{"qfThreadInfo", "Thread listing"},
    DisablePacket{"Tthread", "Passing the thread specifier in the T stop reply packet"},
    DisablePacket{"threads", "All of the above"},
    DisablePacket{"T", "All 'T' packets"},
};

Error wrong(std::string text) {
  return {ErrorCode::InvalidArgument, 0, std::move(text) + "\n"};
}

/// What CLI11 stores before it is checked and turned into ServeOptions.
struct Raw {
  bool attach = false;
  bool help = false, version = false, selftest = false;
  std::string selftest_filter, debug_components, debug_format, disable_packets;
  Arguments listen;
};

bool is_option(std::string_view argument) {
  return argument.starts_with("--") && argument.size() > 2;
}

/// Takes `--wrapper CMD … --` out of the options. False if the closing `--` is missing.
bool take_wrapper(Arguments& arguments, Arguments& wrapper) {
  auto option = arguments.begin();
  while (option != arguments.end() && is_option(*option) && *option != "--wrapper") ++option;
  if (option == arguments.end() || *option != "--wrapper") return true;
  const auto end = std::find(option, arguments.end(), "--");
  if (end == arguments.end() || end == option + 1) return false;
  wrapper.assign(option + 1, end);
  arguments.erase(option, end + 1);
  return take_wrapper(arguments, wrapper);
}

/// Tells CLI11 the options; --help is usage_text().
void declare(CLI::App& app, Raw& raw, ServeOptions& options) {
  static const std::map<std::string, LastDrop> drops = {{"gdbserver", LastDrop::Gdbserver},
                                                        {"hold", LastDrop::Hold},
                                                        {"continue", LastDrop::Continue},
                                                        {"detach", LastDrop::Detach},
                                                        {"kill", LastDrop::Kill}};
  app.set_help_flag();
  app.prefix_command();
  app.add_flag("--help", raw.help);
  app.add_flag("--version", raw.version);
  app.add_flag("--selftest{}", raw.selftest_filter);
  app.add_flag("--attach", raw.attach);
  app.add_flag("--multi", options.multi);
  app.add_flag("--once", options.once);
  app.add_flag("--disable-randomization,!--no-disable-randomization", options.disable_randomization);
  app.add_flag("--startup-with-shell,!--no-startup-with-shell", options.startup_with_shell);
  app.add_flag("--disable-packet{?}", raw.disable_packets);  // without a value: show the list
  app.add_option("--listen", raw.listen)->allow_extra_args(false);
  app.add_option("--on-last-drop", options.on_last_drop)->transform(CLI::CheckedTransformer(drops));
  app.add_flag("--debug{all}", raw.debug_components);
  app.add_flag("--remote-debug", options.debug.remote);
  app.add_flag("--event-loop-debug", options.debug.event_loop);
  app.add_option("--debug-format", raw.debug_format);
  app.add_option("--debug-file", options.debug.file);
  app.add_option("--log-level", options.debug.level)
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
}

Arguments split(std::string_view list) {
  Arguments parts;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

std::string disable_packet_list() {
  std::string text = "Disableable packets:\n";
  for (const auto& packet : kDisablePackets) {
    auto name = std::string(packet.name);
    name.resize(12, ' ');
    text.append("  ").append(name).append("\t").append(packet.meaning).append("\n");
  }
  return text;
}

Result<> read_disabled_packets(const Raw& raw, ServeOptions& options) {
  for (auto& name : split(raw.disable_packets)) {
    const bool known = std::any_of(kDisablePackets.begin(), kDisablePackets.end(),
                                   [&](const auto& packet) { return packet.name == name; });
    if (!known) return wrong("Don't know how to disable \"" + name + "\".\n\n" + disable_packet_list());
    options.disabled_packets.push_back(std::move(name));
  }
  return {};
}

Result<> read_debug(const Raw& raw, DebugOptions& debug) {
  for (const auto& component : split(raw.debug_components)) {
    const bool all = component == "all";
    if (!all && component != "threads" && component != "event-loop" && component != "remote") {
      return wrong("Unknown debug component: \"" + component + "\"");
    }
    debug.general |= all || component == "threads";
    debug.remote |= all || component == "remote";
    debug.event_loop |= all || component == "event-loop";
  }
  for (const auto& format : split(raw.debug_format)) {
    if (format != "all" && format != "timestamp" && format != "none") {
      return wrong("Unknown debug-format argument: \"" + format + "\"");
    }
    debug.timestamp = format != "none";
  }
  return {};
}

/// ADDR[,role=…][,join=…]
Result<ListenSpec> read_listen(const std::string& text) {
  static const std::map<std::string_view, Role> roles = {{"controller", Role::Controller},
                                                         {"observer", Role::Observer}};
  static const std::map<std::string_view, JoinPolicy> joins = {
      {"hold", JoinPolicy::Hold}, {"refuse", JoinPolicy::Refuse}, {"snapshot", JoinPolicy::Snapshot}};
  const auto parts = split(text);
  auto endpoint = parse_endpoint(parts.empty() ? "" : parts.front());
  if (!endpoint) return endpoint.error();
  if (endpoint->kind == Endpoint::Kind::Stdio) return wrong("--listen: stdio can only be COMM");
  ListenSpec spec{std::move(*endpoint), Role::Controller, JoinPolicy::Hold};
  std::optional<JoinPolicy> join;
  for (const auto& part : std::span(parts).subspan(1)) {
    const auto equals = std::min(part.find('='), part.size() - 1);
    const auto key = std::string_view(part).substr(0, equals);
    const auto value = std::string_view(part).substr(equals + 1);
    if (key == "role" && roles.contains(value)) {
      spec.role = roles.at(value);
    } else if (key == "join" && joins.contains(value)) {
      join = joins.at(value);
    } else {
      return wrong("--listen: " + part + ": not role=controller|observer or join=hold|refuse|snapshot");
    }
  }
  spec.join = join.value_or(spec.role == Role::Observer ? JoinPolicy::Snapshot : JoinPolicy::Hold);
  return spec;
}

std::optional<Pid> read_pid(const std::string& text) {
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value <= 0) return std::nullopt;
  return Pid{value};
}

/// COMM and what follows it. A usage error has an empty text.
Result<> read_forms(Arguments rest, bool attach, ServeOptions& options) {
  if (rest.empty()) return wrong("");
  auto comm = parse_endpoint(rest.front());
  if (!comm) return wrong(comm.error().text);
  options.once |= comm->kind == Endpoint::Kind::Stdio;
  options.listeners.insert(options.listeners.begin(), {std::move(*comm), Role::Controller, JoinPolicy::Hold});
  rest.erase(rest.begin());
  if (!attach && !rest.empty() && rest.front() == "--attach") {
    attach = true;
    rest.erase(rest.begin());
  }
  if (attach) {
    if (rest.size() != 1) return wrong("");
    options.attach = read_pid(rest.front());
    return options.attach ? Result<>{} : wrong("");
  }
  if (rest.empty() && !options.multi) return wrong("");
  options.program = std::move(rest);
  return {};
}

Result<CommandLine> parse_serve(Arguments arguments) {
  Raw raw;
  ServeOptions options;
  CLI::App app;
  declare(app, raw, options);
  const auto usage_error = [](const std::string& text) { return wrong(usage_text() + text); };

  if (!take_wrapper(arguments, options.wrapper)) return usage_error("--wrapper: the closing -- is missing");
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (raw.help) return CommandLine(Information{usage_text()});
  if (raw.version) return CommandLine(Information{version_text()});
  if (raw.disable_packets == "?") return CommandLine(Information{disable_packet_list()});
  if (app.count("--selftest") > 0)
    return CommandLine(Information{"Selftests have been disabled for this build.\n"});

  auto rest = app.remaining();
  if (!rest.empty() && is_option(rest.front())) return usage_error("Unknown argument: " + rest.front());
  if (auto done = read_disabled_packets(raw, options); !done) return done.error();
  if (auto done = read_debug(raw, options.debug); !done) return done.error();
  for (const auto& text : raw.listen) {
    auto listener = read_listen(text);
    if (!listener) return listener.error();
    options.listeners.push_back(std::move(*listener));
  }
  if (auto done = read_forms(std::move(rest), raw.attach, options); !done) {
    return done.error().text == "\n" ? usage_error("") : done.error();
  }
  return CommandLine(std::move(options));
}

Result<CommandLine> parse_log(Arguments arguments) {
  CLI::App app("Prints the events of a running hub, one a line.", "gdbhub log");
  std::string hub;
  bool json = false;
  app.add_option("--connect", hub, "HOST:PORT or unix:PATH")->type_name("ADDR")->required();
  app.add_flag("--json", json, "One JSON object a line");
  try {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return CommandLine(Information{app.help()});
  } catch (const CLI::ParseError& error) {
    return wrong(app.help() + error.what());
  }
  auto endpoint = parse_endpoint(hub);
  if (!endpoint) return wrong(endpoint.error().text);
  if (endpoint->kind == Endpoint::Kind::Stdio) return wrong("--connect: stdio is not the address of a hub");
  return CommandLine(LogOptions{std::move(*endpoint), json});
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "log") {
    return parse_log({arguments.begin() + 1, arguments.end()});
  }
  return parse_serve({arguments.begin(), arguments.end()});
}

}  // namespace gdbhub::net
