#include "server/serve_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>
#include <utility>

#include "server/dashboard_options.h"
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

Error wrong(std::string text) { return {ErrorCode::InvalidArgument, 0, std::move(text) + "\n"}; }

Error usage_error(const std::string& text = {}) {
  return {ErrorCode::InvalidArgument, 0, usage_text() + (text.empty() ? "" : text + "\n")};
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

/// The value of `text` in a table of names; the error lists them.
template <class Value>
Result<Value> choose(std::string_view option, const std::string& text, const std::map<std::string_view, Value>& table) {
  const auto found = table.find(text);
  if (found != table.end()) return found->second;
  std::string names;
  for (const auto& [name, value] : table) names.append(names.empty() ? "" : ", ").append(name);
  return wrong(std::string(option) + ": " + text + " is none of " + names);
}

// ---- what each option does -------------------------------------------------------------------------------

/// What is read so far. `done` ends the reading: --help and the like.
struct Reading {
  ServeOptions options;
  std::span<const EngineKind> engines;  ///< that there are
  bool attach = false;
  std::optional<CommandLine> done;
};

Result<> read_debug(Reading& reading, const std::string& components) {
  DebugOptions& debug = reading.options.debug;
  for (const auto& component : split(components)) {
    const bool all = component == "all";
    if (!all && component != "threads" && component != "event-loop" && component != "remote")
      return wrong("Unknown debug component: \"" + component + "\"");
    debug.general |= all || component == "threads";
    debug.remote |= all || component == "remote";
    debug.event_loop |= all || component == "event-loop";
  }
  return {};
}

Result<> read_debug_format(Reading& reading, const std::string& formats) {
  for (const auto& format : split(formats)) {
    if (format != "all" && format != "timestamp" && format != "none")
      return wrong("Unknown debug-format argument: \"" + format + "\"");
    reading.options.debug.timestamp = format != "none";
  }
  return {};
}

Result<> read_disabled_packets(Reading& reading, const std::string& list) {
  if (list.empty()) return usage_error();
  for (auto& name : split(list)) {
    const bool known = std::any_of(kDisablePackets.begin(), kDisablePackets.end(),
                                   [&](const auto& packet) { return packet.name == name; });
    if (!known) return wrong("Don't know how to disable \"" + name + "\".\n\n" + disable_packet_list());
    reading.options.disabled_packets.push_back(std::move(name));
  }
  return {};
}

/// ADDR[,role=…][,join=…]
Result<> read_listen(Reading& reading, const std::string& text) {
  static const std::map<std::string_view, Role> roles = {{"controller", Role::Controller},
                                                         {"observer", Role::Observer}};
  static const std::map<std::string_view, JoinPolicy> joins = {
      {"hold", JoinPolicy::Hold}, {"refuse", JoinPolicy::Refuse}, {"snapshot", JoinPolicy::Snapshot}};
  const auto parts = split(text);
  auto endpoint = parse_endpoint(parts.empty() ? "" : parts.front());
  if (!endpoint) return wrong("--listen: " + endpoint.error().text);
  if (endpoint->kind == Endpoint::Kind::Stdio || endpoint->kind == Endpoint::Kind::Device)
    return wrong("--listen: " + parts.front() + " can only be COMM");
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
  reading.options.listeners.push_back(std::move(spec));
  return {};
}

Result<> read_dashboard(Reading& reading, const std::string& text) {
  auto dashboard = parse_dashboard(text);
  if (!dashboard) return dashboard.error();
  reading.options.dashboard = std::move(*dashboard);
  return {};
}

Result<> read_last_drop(Reading& reading, const std::string& text) {
  auto drop = choose<LastDrop>("--on-last-drop", text,
                               {{"gdbserver", LastDrop::Gdbserver},
                                {"hold", LastDrop::Hold},
                                {"continue", LastDrop::Continue},
                                {"detach", LastDrop::Detach},
                                {"kill", LastDrop::Kill}});
  if (!drop) return drop.error();
  reading.options.on_last_drop = *drop;
  return {};
}

/// Who may kill a program that belongs to another debugger (A28).
Result<> read_kill(Reading& reading, const std::string& text) {
  auto any = choose<bool>("--kill", text, {{"owner", false}, {"any", true}});
  if (!any) return any.error();
  reading.options.any_may_kill = *any;
  return {};
}

Result<> read_grace_time(Reading& reading, const std::string& text) {
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds == 0 || seconds > 86'400)
    return wrong("--grace-time: " + text + " is no number of seconds from 1 to 86400");
  reading.options.grace_time = std::chrono::seconds(seconds);
  return {};
}

Result<> read_inferior_io(Reading& reading, const std::string& text) {
  auto streams = choose<InferiorStreams>("--inferior-io", text,
                                         {{"inherit", InferiorStreams::Inherit},
                                          {"pty", InferiorStreams::Terminal},
                                          {"pipe", InferiorStreams::Pipe}});
  if (!streams) return streams.error();
  reading.options.inferior_io = *streams;
  return {};
}

Result<> read_engine_choice(Reading& reading, const std::string& text) {
  if (text == "help") return reading.done = Information{engine_list(reading.engines)}, Result<>();
  auto engine = read_engine(text, reading.engines);
  if (!engine) return wrong(engine.error().text);
  reading.options.engines.push_back(std::move(*engine));
  return {};
}

Result<> read_level(Reading& reading, const std::string& text) {
  static const std::array levels = {"trace", "debug", "info", "warn", "error", "off"};
  if (std::find(levels.begin(), levels.end(), text) == levels.end())
    return wrong("--log-level: " + text + " is none of trace, debug, info, warn, error, off");
  reading.options.debug.level = text;
  return {};
}

template <bool ServeOptions::*Member, bool To>
Result<> set(Reading& reading, const std::string&) {
  reading.options.*Member = To;
  return {};
}

Result<> inform(Reading& reading, std::string text) {
  reading.done = Information{std::move(text)};
  return {};
}

enum class Value {
  None,
  Equals,    ///< --name=VALUE only, as gdbserver has it
  Optional,  ///< --name or --name=VALUE
  Needed,    ///< --name=VALUE or --name VALUE
};

struct Option {
  std::string_view name;
  Value value;
  Result<> (*read)(Reading&, const std::string& value);
  std::string_view otherwise = {};  ///< the value when none is given
};

const Option kOptions[] = {
    {"--help", Value::None, [](Reading& r, const std::string&) { return inform(r, usage_text()); }},
    {"--version", Value::None, [](Reading& r, const std::string&) { return inform(r, version_text()); }},
    {"--selftest", Value::Optional,
     [](Reading& r, const std::string& filter) -> Result<> { return r.done = SelftestOptions{filter}, Result<>(); }},
    {"--attach", Value::None, [](Reading& r, const std::string&) -> Result<> { return r.attach = true, Result<>(); }},
    {"--multi", Value::None, set<&ServeOptions::multi, true>},
    {"--once", Value::None, set<&ServeOptions::once, true>},
    {"--disable-randomization", Value::None, set<&ServeOptions::disable_randomization, true>},
    {"--no-disable-randomization", Value::None, set<&ServeOptions::disable_randomization, false>},
    {"--startup-with-shell", Value::None, set<&ServeOptions::startup_with_shell, true>},
    {"--no-startup-with-shell", Value::None, set<&ServeOptions::startup_with_shell, false>},
    {"--debug", Value::Optional, read_debug, "threads"},
    {"--remote-debug", Value::None, read_debug, "remote"},
    {"--event-loop-debug", Value::None, read_debug, "event-loop"},
    {"--debug-format", Value::Equals, read_debug_format},
    {"--debug-file", Value::Equals,
     [](Reading& r, const std::string& path) -> Result<> { return r.options.debug.file = path, Result<>(); }},
    {"--log-level", Value::Needed, read_level},
    {"--listen", Value::Needed, read_listen},
    {"--dashboard", Value::Optional, read_dashboard},
    {"--dashboard-cert", Value::Needed,
     [](Reading& r, const std::string& path) -> Result<> { return r.options.dashboard_tls.certificate = path, Result<>(); }},
    {"--dashboard-key", Value::Needed,
     [](Reading& r, const std::string& path) -> Result<> { return r.options.dashboard_tls.key = path, Result<>(); }},
    {"--on-last-drop", Value::Needed, read_last_drop},
    {"--kill", Value::Needed, read_kill},
    {"--grace-time", Value::Needed, read_grace_time},
    {"--inferior-io", Value::Needed, read_inferior_io},
    {"--engine", Value::Needed, read_engine_choice},
};

/// --disable-packet alone lists what there is, and with an empty value is a mistake: neither fits the table.
constexpr std::string_view kDisablePacket = "--disable-packet";

// ---- the line -----------------------------------------------------------------------------------------------

bool is_option(std::string_view argument) { return argument.size() > 1 && argument.front() == '-'; }

/// Reads `--wrapper CMD … --`, from behind --wrapper on.
Result<> read_wrapper(ServeOptions& options, Arguments::const_iterator& next, Arguments::const_iterator end) {
  const auto close = std::find(next, end, "--");
  if (close == end || close == next) return usage_error("--wrapper: the closing -- is missing");
  options.wrapper.assign(next, close);
  next = close + 1;
  return {};
}

Result<> read_option(Reading& reading, Arguments::const_iterator& next, Arguments::const_iterator end) {
  const std::string& argument = *next++;
  const auto equals = argument.find('=');
  const auto name = std::string_view(argument).substr(0, equals);
  std::optional<std::string> value;
  if (equals != argument.npos) value = argument.substr(equals + 1);

  if (argument == "--wrapper") return read_wrapper(reading.options, next, end);
  if (name == kDisablePacket)
    return value ? read_disabled_packets(reading, *value) : inform(reading, disable_packet_list());
  const auto option = std::find_if(std::begin(kOptions), std::end(kOptions), [&](const Option& o) {
    const bool fits = o.value == Value::None ? !value : o.value == Value::Equals ? value.has_value() : true;
    return o.name == name && fits;
  });
  if (option == std::end(kOptions)) return wrong("Unknown argument: " + argument);
  if (option->value == Value::Needed && !value) {
    if (next == end) return usage_error(argument + ": a value is missing");
    value = *next++;
  }
  return option->read(reading, value.value_or(std::string(option->otherwise)));
}

/// Any number, as gdbserver takes it; 0 and what is none are nullopt.
std::optional<Pid> read_pid(const std::string& text) {
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value == 0) return std::nullopt;
  return Pid{value};
}

/// COMM and what follows it.
Result<> read_forms(Arguments rest, bool attach, ServeOptions& options) {
  if (rest.empty()) return usage_error();
  auto comm = parse_endpoint(rest.front());
  if (comm) options.once |= comm->kind == Endpoint::Kind::Stdio;
  rest.erase(rest.begin());
  if (!attach && !rest.empty() && rest.front() == "--attach") {
    attach = true;
    rest.erase(rest.begin());
  }
  if (attach) {
    if (rest.size() == 1) options.attach = read_pid(rest.front());
    if (!options.attach) return usage_error();
  } else if (rest.empty() && !options.multi) {
    return usage_error();
  } else {
    options.program = std::move(rest);
  }
  if (!comm) return wrong(comm.error().text + "\nExiting");
  options.listeners.insert(options.listeners.begin(), {std::move(*comm), Role::Controller, JoinPolicy::Hold});
  return {};
}

}  // namespace

Result<CommandLine> parse_serve_options(const Arguments& arguments, std::span<const EngineKind> engines) {
  Reading reading;
  reading.engines = engines;
  auto next = arguments.begin();
  // "-" is COMM.
  while (next != arguments.end() && is_option(*next)) {
    if (auto done = read_option(reading, next, arguments.end()); !done) return done.error();
    if (reading.done) return std::move(*reading.done);
  }
  if (auto done = read_forms({next, arguments.end()}, reading.attach, reading.options); !done) return done.error();
  if (const TlsFiles& tls = reading.options.dashboard_tls; tls.certificate.empty() && !tls.key.empty())
    return wrong("--dashboard-key: --dashboard-cert is missing");
  return CommandLine(std::move(reading.options));
}

}  // namespace gdbhub::net
