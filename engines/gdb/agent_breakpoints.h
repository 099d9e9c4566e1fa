// Conditions and commands of a client's breakpoints, evaluated here rather than by the client.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gdbhub/hub.h"
#include "rsp/agent_expr.h"
#include "rsp/breakpoint_request.h"

namespace gdbhub::gdb {

/// What one client has said of its breakpoints beyond their addresses (A31). The breakpoints themselves are claims of the
/// core's; one that has neither conditions nor commands has no entry here.
class AgentBreakpoints {
 public:
  /// Expressions that one breakpoint may have, so that a hit takes milliseconds at most.
  static constexpr std::size_t max_expressions = 256;

  struct Place {
    Pid pid;
    Address address;
    bool hardware = false;

    friend auto operator<=>(const Place&, const Place&) = default;
  };
  /// Compiled. An expression that the hub does not know how to evaluate stays as the reason why.
  struct Logic {
    std::vector<Result<rsp::AgentProgram>> conditions;
    std::vector<Result<rsp::AgentProgram>> commands;

    bool empty() const { return conditions.empty() && commands.empty(); }
    /// For people: "if $rdi == 3".
    std::string text(const Isa& isa) const;
  };

  /// `tell` takes text for the user: what commands print, and why an expression failed. `hub` and `engine` are not owned.
  AgentBreakpoints(Hub& hub, const EngineId& engine, std::function<void(std::string)> tell)
      : hub_(hub), engine_(engine), tell_(std::move(tell)) {}

  /// InvalidArgument for broken bytecode, or too much of it.
  static Result<Logic> compile(const rsp::BreakpointRequest& request);
  /// Replaces what there is for the place.
  void set(const Place& place, Logic logic);
  /// Parked logic goes by drop_parked, as its claim does (A49).
  void remove(const Place& place, bool park);
  void drop_parked(Pid pid);
  /// A fork's child has the claims of its parent (A22).
  void inherit(Pid child, Pid parent);
  /// The process has gone, runs another program, or the client has left it.
  void forget(Pid pid);

  /// A hit of this client's breakpoint: true when the client is to see it. Runs the commands. A condition that cannot be
  /// evaluated counts as true, as with gdbserver. The engine must just be being told of `event`.
  bool counts(const Event& event, bool hardware);
  /// Logic::text of a software breakpoint; empty where it has neither.
  std::string text(Pid pid, Address at) const;

 private:
  struct Entry {
    Logic logic;
    std::string text;
    bool parked = false;
  };
  class StoppedThread;

  void complain(const Event& event, std::string_view what, const Error& why);

  Hub& hub_;
  const EngineId& engine_;
  std::function<void(std::string)> tell_;
  std::map<Place, Entry> entries_;
};

}  // namespace gdbhub::gdb
