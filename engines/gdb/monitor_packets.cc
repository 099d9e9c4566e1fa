// qRcmd: gdb's "monitor" command.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/monitor_log.h"
#include "engines/gdb/packet_table.h"
#include "engines/gdb/waits.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

std::string id(auto number) { return std::to_string(number.value); }

// ---- ours --------------------------------------------------------------------------------------------

Reply holds(GdbEngine& engine, std::string_view) {
  Hub& hub = engine.hub();
  std::vector<Hold> all = hub.holds();
  if (all.empty()) engine.print("Nobody holds any thread.\n");
  // One line for each engine, process and reason: an all-stop client holds every thread.
  std::stable_sort(all.begin(), all.end(), [](const Hold& a, const Hold& b) {
    return std::tie(a.pid, a.engine, a.reason) < std::tie(b.pid, b.engine, b.reason);
  });
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::find_if(first, all.end(), [&](const Hold& h) {
      return h.pid != first->pid || h.engine != first->engine || h.reason != first->reason;
    });
    const auto count = last - first;
    std::string line = "process " + id(first->pid) + (count == 1 ? " thread " : " threads ");
    for (auto hold = first; hold != last && hold - first < 8; ++hold) {
      if (hold != first) line += ", ";
      line += id(hold->tid);
      if (hold->uninterruptible) line += " (uninterruptible)";
      if (!hold->in_force && !hold->uninterruptible) line += " (stopping)";
    }
    if (count > 8) line += " and " + std::to_string(count - 8) + " more";
    const auto oldest =
        std::min_element(first, last, [](const Hold& a, const Hold& b) { return a.since < b.since; });
    line += ": held by " + hub.name_of(first->engine) + (first->engine == engine.id() ? " (you)" : "") + " for " +
            seconds_text(hub.loop().now() - oldest->since) + ": " + std::string(describe(first->reason)) +
            (first->weak ? " (gives way to steps)" : "") + "\n";
    engine.print(line);
    first = last;
  }
  return Reply::ok();
}

Reply clients(GdbEngine& engine, std::string_view) {
  Hub& hub = engine.hub();
  for (const EngineStatus& status : hub.engines()) {
    std::string line = hub.name_of(status.id) + (status.id == engine.id() ? " (you)" : "") +
                       (status.info.role == Role::Observer ? ", observer" : ", controller");
    for (Pid pid : status.processes) line += ", process " + id(pid);
    line += ", " + std::to_string(status.breakpoints) + " breakpoints, holds " + std::to_string(status.holds) +
            " threads";
    if (status.kept_waiting > Duration{}) line += ", was kept waiting " + seconds_text(status.kept_waiting);
    if (!status.activity.doing.empty()) line += ", " + status.activity.doing;
    engine.print(line + "\n");
  }
  return Reply::ok();
}

Reply kill(GdbEngine& engine, std::string_view arguments) {
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) {
    engine.print("There is no process.\n");
    return Reply::error();
  }
  if (const Result<> killed = engine.hub().kill(engine.id(), *pid, arguments == "force"); !killed) {
    engine.print(killed.error().text + ".\n");
    return Reply::error();
  }
  engine.print("Killed process " + id(*pid) + ".\n");
  return Reply::ok();
}

constexpr std::chrono::seconds longest_absence = std::chrono::hours(24);

/// SECONDS, or `off`. There is nothing in the protocol by which a gdb could say later that it is the same one: the next gdb from
/// the same place is taken for it.
Reply linger(GdbEngine& engine, std::string_view arguments) {
  rsp::Reader reader(arguments);
  const auto seconds = arguments == "off" ? std::optional<std::uint64_t>(0) : reader.decimal();
  if (!seconds || (arguments != "off" && !reader.done()) || *seconds > static_cast<std::uint64_t>(longest_absence.count())) {
    engine.print("linger SECONDS, up to a day, or linger off?\n");
    return Reply::error();
  }
  engine.linger(std::chrono::seconds(*seconds));
  engine.print(*seconds == 0 ? "When this connection ends, all that it has ends.\n"
                             : "When this connection drops, its holds and breakpoints stay for " + std::to_string(*seconds) +
                                   " s. The next gdb that connects from the same place goes on with them.\n");
  return Reply::ok();
}

Reply follow_output(GdbEngine& engine, std::string_view arguments) {
  if (arguments != "on" && arguments != "off") {
    engine.print("output on, or output off?\n");
    return Reply::error();
  }
  if (auto done = engine.surroundings().follow_output(arguments == "on"); !done) {
    engine.print(done.error().text + ".\n");
    return Reply::error();
  }
  engine.print(arguments == "on" ? "What programs write is shown here.\n" : "What programs write is not shown here.\n");
  return Reply::ok();
}

/// A line of input for the program.
Reply write_input(GdbEngine& engine, std::string_view line) {
  const std::optional<Pid> pid = engine.current_process();
  const auto done = pid ? engine.write_input(*pid, std::string(line) + "\n")
                        : Result<>(Error{ErrorCode::NotFound, 0, "there is no process"});
  if (done) return Reply::ok();
  engine.print(done.error().text + ".\n");
  return Reply::error();
}

Reply release(GdbEngine& engine, std::string_view) {
  const std::optional<Pid> pid = engine.current_process();
  const std::size_t count = pid ? engine.hub().request_release(engine.id(), *pid) : 0;
  engine.print(count == 0 ? "Nobody keeps a thread of this process for a debugger.\n"
                          : "Released " + std::to_string(count) + (count == 1 ? " thread.\n" : " threads.\n"));
  return Reply::ok();
}

/// NAME WHAT, to an engine of --engine, about the current process.
Reply configure(GdbEngine& engine, std::string_view arguments) {
  const std::size_t space = std::min(arguments.find(' '), arguments.size());
  const std::string_view what = arguments.substr(std::min(space + 1, arguments.size()));
  const auto answer = engine.hub().configure(engine.id(), arguments.substr(0, space), engine.current_process().value_or(Pid{}), what);
  engine.print(answer ? *answer + "\n" : answer.error().text + ".\n");
  return answer ? Reply::ok() : Reply::error();
}

Reply breakpoints(GdbEngine& engine, std::string_view) {
  const std::vector<BreakpointInfo> all = engine.hub().breakpoints();
  if (all.empty()) engine.print("There are no breakpoints.\n");
  for (const BreakpointInfo& b : all) {
    char where[32];
    std::snprintf(where, sizeof where, "%#llx", static_cast<unsigned long long>(b.address.value));
    std::string line = "process " + id(b.pid) + " at " + where + ": " + engine.hub().name_of(b.owner) + (b.owner == engine.id() ? " (you)" : "") +
                       ", hits " + std::to_string(b.hits) + (b.parked ? ", out while its debugger is at the prompt" : "");
    if (b.stepped_in_line != 0)
      line += "; all threads were stopped " + std::to_string(b.stepped_in_line) + " times to step over it";
    engine.print(line + "\n");
  }
  return Reply::ok();
}

Reply show_log(GdbEngine& engine, std::string_view arguments) {
  std::size_t count = 20;
  rsp::Reader reader(arguments);
  if (const auto wanted = reader.decimal()) count = *wanted;
  for (const std::string& line : log_lines(engine.hub().journal().latest(), count)) engine.print(line + "\n");
  return Reply::ok();
}

// ---- gdbserver's -------------------------------------------------------------------------------------

/// Ends the hub and all it has launched, so it needs the right to kill (A42).
Reply leave(GdbEngine& engine, std::string_view) {
  if (!engine.may_kill_all()) {
    engine.print("Other clients are attached; only the owner of all processes may end the hub.\n");
    return Reply::error();
  }
  engine.surroundings().exit();
  return Reply::ok();
}

/// `set NAME 0|1` in gdbserver's words, which its test suite compares.
struct Toggle {
  std::string_view name;
  std::string_view on;
  std::string_view off;
};
constexpr Toggle toggles[] = {
    {"debug", "Debug output enabled.\n", "Debug output disabled.\n"},
    {"debug-hw-points", "H/W point debugging output enabled.\n", "H/W point debugging output disabled.\n"},
    {"remote-debug", "Protocol debug output enabled.\n", "Protocol debug output disabled.\n"},
    {"event-loop-debug", "Debug event loop output enabled.\n", "Debug event loop output disabled.\n"},
};

Reply unknown(GdbEngine& engine, std::string_view);

/// The hub needs no libthread_db, but who names directories without one wants none of what it does.
bool has_thread_library(std::string_view path) {
  if (path.empty() || path.find('$') != path.npos) return true;  // gdb's $sdir and $pdir
  for (rsp::Reader directories(path); !directories.done();)
    if (::access((std::string(directories.until(':')) + "/libthread_db.so.1").c_str(), R_OK) == 0) return true;
  return false;
}
Reply help(GdbEngine& engine, std::string_view);

/// The hub's messages go to its own terminal or to a file of its user (A38).
Reply refuse_observer(GdbEngine& engine) {
  engine.print("Observers may only look.\n");
  return Reply::error();
}

/// One or more of `all`, `timestamp` and `none`; what stands before a mistake counts, as with gdbserver.
Reply set_debug_format(GdbEngine& engine, std::string_view list) {
  if (engine.is_observer()) return refuse_observer(engine);
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view format = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (format != "all" && format != "timestamp" && format != "none") {
      engine.print("Unknown debug-format argument: \"" + std::string(format) + "\"\n");
      (void)help(engine, "");
      return Reply::error();
    }
    engine.surroundings().set_debug("debug-format", format);
    engine.print(format == "all"    ? "All extra debug format options enabled.\n"
                 : format == "none" ? "All extra debug format options disabled.\n"
                                    : "Timestamps will be added to debug output.\n");
  }
  return Reply::ok();
}

Reply set(GdbEngine& engine, std::string_view arguments) {
  const std::size_t space = arguments.find(' ');
  const std::string_view name = arguments.substr(0, space);
  const std::string_view value = space == arguments.npos ? "" : arguments.substr(space + 1);
  for (const Toggle& toggle : toggles) {
    if (toggle.name != name || (value != "0" && value != "1")) continue;
    if (engine.is_observer()) return refuse_observer(engine);
    engine.surroundings().set_debug(name, value);
    engine.print(value == "1" ? toggle.on : toggle.off);
    return Reply::ok();
  }
  if (name == "debug-format" && !value.empty()) return set_debug_format(engine, value);
  if (name == "debug-file") {
    if (engine.is_observer()) return refuse_observer(engine);
    engine.surroundings().set_debug(name, value);
    return Reply::ok();
  }
  if (name == "libthread-db-search-path") {
    engine.client().thread_locals = has_thread_library(value);
    engine.print("libthread-db-search-path set to `" + std::string(value) + "'\n");
    return Reply::ok();
  }
  return unknown(engine, arguments);
}

struct Command {
  std::string_view name;
  Reply (*run)(GdbEngine&, std::string_view arguments);
  std::string_view usage;
};

constexpr Command commands[] = {
    {"help", help, ""},
    {"holds", holds, "  holds\n    Who holds which thread, since when, and why\n"},
    {"release", release, "  release\n    Let threads go that are kept for a debugger to look at them\n"},
    {"clients", clients, "  clients\n    Who is connected, and what each waits for\n"},
    {"breakpoints", breakpoints, "  breakpoints\n    Everybody's breakpoints, and how often each was hit\n"},
    {"linger", linger, "  linger <SECONDS|off>\n    When this connection drops, keep what it holds for a gdb that connects anew\n"},
    {"engine", configure, "  engine NAME WHAT\n    Set up an engine of --engine for the current process: engine syscalls off\n"},
    {"kill", kill, "  kill [force]\n    Kill the current process; with force also when it belongs to another client\n"},
    {"log", show_log, "  log [COUNT]\n    The latest events\n"},
    {"output", follow_output, "  output <on|off>\n    Show here what programs write, where --inferior-io made that the hub's\n"},
    {"input", write_input, "  input TEXT\n    A line of input for the program; from its owner only\n"},
    {"set", set,
     "  set debug <0|1>\n    Enable general debugging messages\n"
     "  set debug-hw-points <0|1>\n    Enable h/w breakpoint/watchpoint debugging messages\n"
     "  set remote-debug <0|1>\n    Enable remote protocol debugging messages\n"
     "  set event-loop-debug <0|1>\n    Enable event loop debugging messages\n"
     "  set debug-format option1[,option2,...]\n    Add additional information to debugging messages\n"
     "    Options: all, none, timestamp\n"
     "  set debug-file [PATH]\n    Write debugging messages there instead of to the hub's terminal\n"},
    {"exit", leave, "  exit\n    Quit GDBserver\n"},
};

/// Front ends know a gdbserver by its first line and by "Quit GDBserver".
Reply help(GdbEngine& engine, std::string_view) {
  std::string text = "The following monitor commands are supported:\n";
  for (const Command& command : commands) text += command.usage;
  engine.print(text);
  return Reply::ok();
}

Reply unknown(GdbEngine& engine, std::string_view) {
  engine.print("Unknown monitor command.\n\n");
  (void)help(engine, "");
  return Reply::error();
}

Reply monitor(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::string> line = rsp::text_from_hex(packet.rest());
  if (!line) return Reply::error();
  engine.run().say_explanations();
  const std::string_view text = *line;
  const std::size_t space = text.find(' ');
  const std::string_view arguments = space == text.npos ? "" : text.substr(space + 1);
  for (const Command& command : commands)
    if (command.name == text.substr(0, space)) return command.run(engine, arguments);
  return unknown(engine, text);
}

constexpr PacketEntry table[] = {
    {"qRcmd,", monitor, false, "", "monitor commands"},
};

}  // namespace

std::span<const PacketEntry> monitor_packets() { return table; }

}  // namespace gdbhub::gdb
