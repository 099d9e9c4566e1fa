// What is shown of a hub at one moment: plain values that can be compared, and read on another thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// Milliseconds since the epoch.
using WallTime = std::int64_t;

struct HoldRow {
  EngineId engine;
  HoldReason reason = HoldReason::Interrupt;
  WallTime since = 0;
  bool weak = false;
  bool in_force = false;
  bool uninterruptible = false;

  friend bool operator==(const HoldRow&, const HoldRow&) = default;
};

/// An engine that wants the thread to run and is kept from it (A14).
struct WaitRow {
  EngineId engine;
  WallTime since = 0;

  friend bool operator==(const WaitRow&, const WaitRow&) = default;
};

struct ThreadRow {
  Pid pid;
  std::string name;
  std::optional<Address> pc;  ///< while it is stopped
  std::vector<HoldRow> holds;
  std::vector<WaitRow> waits;

  friend bool operator==(const ThreadRow&, const ThreadRow&) = default;
};

struct ProcessRow {
  std::string program;  ///< path
  EngineId owner;
  bool launched = false;
  bool unclaimed = false;

  friend bool operator==(const ProcessRow&, const ProcessRow&) = default;
};

struct EngineRow {
  EngineInfo info;
  std::string user;  ///< whose process it is, on this machine; empty: not known
  std::vector<Pid> processes;
  std::size_t holds = 0;
  std::size_t waits = 0;  ///< threads that it wants to run and others hold
  std::size_t breakpoints = 0;
  std::int64_t kept_waiting = 0;  ///< milliseconds in total, up to the latest wait that has ended
  EngineActivity activity{};

  friend bool operator==(const EngineRow& a, const EngineRow& b) {
    return a.info.kind == b.info.kind && a.info.peer == b.info.peer && a.user == b.user && a.info.role == b.info.role &&
           a.processes == b.processes && a.holds == b.holds && a.waits == b.waits &&
           a.breakpoints == b.breakpoints && a.kept_waiting == b.kept_waiting && a.activity == b.activity;
  }
};

struct ClaimRow {
  EngineId owner;
  bool parked = false;
  std::uint64_t hits = 0;
  std::string condition;  ///< BreakpointInfo::condition

  friend bool operator==(const ClaimRow&, const ClaimRow&) = default;
};

using BreakpointKey = std::pair<Pid, Address>;

struct BreakpointRow {
  std::vector<ClaimRow> claims;

  friend bool operator==(const BreakpointRow&, const BreakpointRow&) = default;
};

/// Everything, by key.
struct Picture {
  std::map<Pid, ProcessRow> processes;
  std::map<Tid, ThreadRow> threads;
  std::map<EngineId, EngineRow> engines;
  std::map<BreakpointKey, BreakpointRow> breakpoints;
};

/// The names of threads, from /proc. Reading one costs a system call or three, so that only some are read anew each time.
class ThreadNames {
 public:
  explicit ThreadNames(Kernel& kernel) : kernel_(kernel) {}

  const std::string& name(Pid pid, Tid tid);
  /// Forgets some, in turns, so that a renamed thread is seen after a while.
  void age(std::size_t count);
  void forget_others_than(const std::map<Tid, ThreadRow>& threads);

 private:
  Kernel& kernel_;
  std::unordered_map<Tid, std::string> names_;
  std::vector<Tid> order_;
  std::size_t next_ = 0;
};

/// Whose process a client is, by EngineInfo::peer; empty: not known.
using UserOf = std::function<std::string(const std::string& peer)>;

/// Takes pictures of a hub. Tracer thread only.
class Photographer {
 public:
  /// `user_of` is called once for each client; empty: nobody is known.
  Photographer(Hub& hub, UserOf user_of);
  Picture take();

 private:
  WallTime wall(TimePoint when) const;

  Hub& hub_;
  UserOf user_of_;
  std::unordered_map<EngineId, std::string> users_;
  ThreadNames names_;
  Duration to_wall_;  ///< from the steady clock's epoch to the wall clock's
};

}  // namespace gdbhub::dash
