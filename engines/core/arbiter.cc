#include "engines/core/arbiter.h"

#include <algorithm>

#include "engines/core/scratch.h"

namespace gdbhub {

std::string_view describe(HoldReason reason) {
  switch (reason) {
    case HoldReason::Start: return "waits for its first client";
    case HoldReason::Attach: return "has attached";
    case HoldReason::Breakpoint: return "at a breakpoint";
    case HoldReason::Watchpoint: return "at a watchpoint";
    case HoldReason::Step: return "has stepped";
    case HoldReason::Signal: return "got a signal";
    case HoldReason::Interrupt: return "interrupted by the user";
    case HoldReason::Fork: return "forked";
    case HoldReason::Exec: return "runs a new program";
    case HoldReason::AllStop: return "all threads stopped with another one";
    case HoldReason::NotResumed: return "only another thread was resumed";
    case HoldReason::Syscall: return "at a system call";
    case HoldReason::Thread: return "a new thread";
    case HoldReason::Exit: return "a thread about to end";
    case HoldReason::Absent: return "its client is expected back";
    case HoldReason::JobControl: return "stopped by a signal, until SIGCONT";
    case HoldReason::Crash: return "about to die of a signal";
    case HoldReason::Symbols: return "logpoints are being placed";
  }
  return "";
}

}  // namespace gdbhub

namespace gdbhub::core {
namespace {

// How many reports of the kernel are handled before clients get their turn.
constexpr int pump_limit = 32;

}  // namespace

Arbiter::Arbiter(Kernel& kernel, const Isa& isa, EventLoop& loop)
    : kernel_(kernel), isa_(isa), loop_(loop), machine_(kernel, isa, *this) {}

Arbiter::~Arbiter() = default;

bool Arbiter::pump() {
  Batch batch(*this);
  return machine_.pump(pump_limit);
}

// ---- control -------------------------------------------------------------------------------------

Result<> Arbiter::control(EngineId engine, Tid tid, Action action, const ControlOptions& options) {
  Batch batch(*this);
  // Observers may look: that is over as soon as they have (A38).
  if (auto allowed = require_controller(engine); !allowed && !is_look(action)) return allowed;
  Thread* thread = machine_.tasks().thread(tid);
  Attachment* a = thread == nullptr ? nullptr : thread->attachment(engine);
  if (a == nullptr) return Error{ErrorCode::NotFound, 0, "no such thread: " + std::to_string(tid.value)};

  std::vector<Tid>& resumed_alone = engines_.at(engine).resumed_alone;
  std::erase(resumed_alone, tid);
  if (action == Action::Stop) {
    // What is held with another thread, or for it, is not worth a line each time.
    if (!a->holds() && options.reason != HoldReason::AllStop && options.reason != HoldReason::NotResumed)
      note(engine, thread->process->pid, tid, "stopped", Deed::Stopped{options.reason});
    set_hold(*a, options.reason, options.weak);
    // It sees what its step has done, and its next resume must not end with this one's report.
    for (Pending& pending : thread->pending)
      if (std::holds_alternative<event::StepDone>(pending.detail)) std::erase(pending.owed, engine);
  } else if (is_look(action)) {
    a->action = action;
  } else {
    if (a->action != action) note_resumed(engine, *thread, action, options.signal.value_or(0));
    a->action = action;
    a->range = options.range;
    a->weak = false;
    a->past_parked = options.past_parked;
    if (options.past_parked) resumed_alone.push_back(tid);
    // What it was asked about has been given already when another engine's step passed its weak hold.
    const int passed = std::exchange(a->passed_signal, 0);
    if (options.signal && (passed == 0 || passed != *options.signal)) give_or_send(*thread, engine, *options.signal);
    thread->arrival.by_step = false;
    a->resumed_in_job_stop = thread->group_stop != 0 || thread->rejoins_group_stop;
    // Stepping off its parked claim is no new question: should another event come first, the hit was told already.
    Site* site = thread->process->space->site(thread->pc());
    const Claim* claim = site == nullptr ? nullptr : site->claim_of(engine);
    const bool steps_off = options.past_parked && claim != nullptr && claim->parked;
    if (options.ask_again && !steps_off) std::erase(thread->arrival.asked, engine);
    if (controls(*thread->process->member(engine))) release_first_client_hold(*thread->process);
  }
  mark(*thread);
  return {};
}

bool Arbiter::held(EngineId engine, Tid tid) const {
  check_thread();
  Thread* thread = machine_.tasks().thread(tid);
  const Attachment* a = thread == nullptr ? nullptr : thread->attachment(engine);
  return a != nullptr && a->holds() && (a->in_force || a->uninterruptible);
}

void Arbiter::choose_signal(Thread& thread, EngineId by, int signal) {
  if (thread.signal_by != EngineId{} && thread.signal_by != by && thread.signal != signal)
    journal_.write(by, thread.process->pid, thread.tid, "signal-conflict",
                   name_of(thread.signal_by) + " chose " + std::to_string(thread.signal) + ", " + name_of(by) + " now " +
                       std::to_string(signal));
  thread.signal = signal;
  thread.signal_by = by;
}

void Arbiter::give_or_send(Thread& thread, EngineId by, int signal) {
  if (thread.stopped() && thread.status.is_signal_delivery()) {
    choose_signal(thread, by, signal);
  } else if (signal != 0) {
    // Only a signal-delivery-stop takes a signal on resuming (ptrace(2)); elsewhere it has to be sent.
    if (kernel_.send_signal(thread.process->pid, thread.tid, signal)) thread.injected.push_back(signal);
  }
}

Result<> Arbiter::send_signal(EngineId engine, Tid tid, int signal) {
  check_thread();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  const Thread* thread = machine_.tasks().thread(tid);
  if (thread == nullptr) return Error{ErrorCode::NotFound, 0, "no such thread: " + std::to_string(tid.value)};
  return kernel_.send_signal(thread->process->pid, tid, signal);
}

// ---- examine -------------------------------------------------------------------------------------

Result<Thread*> Arbiter::require_hold(EngineId engine, Tid tid) const {
  Thread* thread = machine_.tasks().thread(tid);
  if (thread == nullptr) return Error{ErrorCode::Gone, 0, "no such thread: " + std::to_string(tid.value)};
  const Attachment* a = thread->attachment(engine);
  const bool being_told = asked_ == engine && asked_about_ == tid;
  if (a == nullptr || !thread->stopped() || !(being_told || (a->holds() && a->in_force)))  // A3
    return Error{ErrorCode::NotStopped, 0, "thread " + std::to_string(tid.value) + " is not stopped by this client"};
  return thread;
}

Result<RegisterState> Arbiter::registers(EngineId engine, Tid tid, bool extended) {
  check_thread();
  Result<Thread*> thread = require_hold(engine, tid);
  if (!thread) return thread.error();
  RegisterState state{(*thread)->general, {}};
  if (extended) {
    if (!(*thread)->extended) {
      Result<Bytes> fetched = kernel_.extended_state(tid);
      if (!fetched) return fetched.error();
      (*thread)->extended = std::move(*fetched);
    }
    state.extended = *(*thread)->extended;
  }
  return state;
}

Result<> Arbiter::set_registers(EngineId engine, Tid tid, const RegisterState& state) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  Result<Thread*> held = require_hold(engine, tid);
  if (!held) return held.error();
  Thread& thread = **held;
  if (!state.extended.empty() && state.extended != thread.extended) {
    if (auto written = kernel_.set_extended_state(tid, state.extended); !written) return written;
    thread.extended = state.extended;
  }
  // Now rather than at the resume, so that a value the kernel refuses (a segment) is an error to who asked.
  if (auto written = kernel_.set_registers(tid, state.general); !written) return written;
  if (state.general.rip != thread.general.rip) {
    thread.arrival.valid = false;  // A12: a writing of the pc is a new arrival
    note(engine, thread.process->pid, tid, "pc-written", Deed::Registers{});  // A37
  } else {
    note(engine, thread.process->pid, tid, "registers-written", Deed::Registers{});  // A40
  }
  thread.general = state.general;
  thread.general_dirty = thread.pc_dirty = false;
  return {};
}

Result<siginfo_t> Arbiter::signal_info(EngineId engine, Tid tid) {
  check_thread();
  Result<Thread*> thread = require_hold(engine, tid);
  if (!thread) return thread.error();
  return kernel_.signal_info(tid);
}

Result<> Arbiter::set_signal_info(EngineId engine, Tid tid, const siginfo_t& info) {
  check_thread();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  Result<Thread*> thread = require_hold(engine, tid);
  if (!thread) return thread.error();
  return kernel_.set_signal_info(tid, info);
}

Result<std::size_t> Arbiter::read_memory(EngineId engine, Pid pid, Address from, MutableByteSpan to) {
  check_thread();
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  AddressSpace& space = *(*process)->space;
  const std::size_t count = space.read(from, to);
  if (space.lease && space.lease->holder() && space.lease->holder() != engine) space.lease->overlay(from, to.first(count));
  if (count == 0 && !to.empty()) return Error{ErrorCode::BadMemory, 0, "cannot access memory at that address"};
  return count;
}

Result<> Arbiter::write_memory(EngineId engine, Pid pid, Address to, ByteSpan from) {
  check_thread();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  AddressSpace& space = *(*process)->space;
  const bool in_scratch = touches_scratch(**process, to, from.size());
  if (in_scratch) {
    if (!space.lease->holder()) {
      space.lease->take(engine, scratch_bytes(space));
    } else if (space.lease->holder() != engine) {
      return Error{ErrorCode::Busy, 0, name_of(*space.lease->holder()) + " is stepping out of line there"};
    }
  }
  const bool written = space.write(to, from);
  if (in_scratch) space.lease->end_if_restored(scratch_bytes(space));
  if (!written) return Error{ErrorCode::BadMemory, 0, "cannot access memory at that address"};
  if (!in_scratch) note(engine, pid, leader_of(pid), "memory-written", Deed::Memory{to, from.size()});  // A37
  return {};
}

bool Arbiter::touches_scratch(const Process& process, Address at, std::uint64_t length) {
  if (length > ScratchLease::size / 2) return false;  // longer than an instruction: somebody loads or patches code
  AddressSpace& space = *process.space;
  if (!space.lease) space.lease.emplace(find_entry(kernel_, process.pid).value_or(Address{}));
  return space.lease->touches(at, length);
}

Bytes Arbiter::scratch_bytes(const AddressSpace& space) const {
  Bytes bytes(ScratchLease::size);
  bytes.resize(space.read(space.lease->range().begin, bytes));
  return bytes;
}

// ---- breakpoints -----------------------------------------------------------------------------------

Result<> Arbiter::insert_breakpoint(EngineId engine, Pid pid, Address at) {
  check_thread();
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  AddressSpace& space = *(*process)->space;
  const Site* site = space.site(at);
  const bool is_new = site == nullptr || find_claim(site->claims, engine) == nullptr;
  const Result<> claimed = space.claim(engine, at);
  if (is_new && claimed) note_point(engine, pid, {at}, true);
  return claimed;
}

Result<> Arbiter::remove_breakpoint(EngineId engine, Pid pid, Address at, bool park) {
  check_thread();
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  AddressSpace& space = *(*process)->space;
  if (park) return space.park(engine, at);
  if (space.unclaim(engine, at)) note_point(engine, pid, {at}, false);
  return {};
}

Result<> Arbiter::insert_hardware(EngineId engine, Pid pid, const HardwarePoint& point) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  HardwareTable& table = (*process)->space->hardware();
  const bool is_new = !table.has_claim(engine, point, isa_);
  const Result<> claimed = table.claim(engine, point, isa_);
  if (is_new && claimed) note_point(engine, pid, {point.at, point.kind, point.length}, true);
  rearm_hardware(**process);
  return claimed;
}

Result<> Arbiter::remove_hardware(EngineId engine, Pid pid, const HardwarePoint& point, bool park) {
  Batch batch(*this);
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  HardwareTable& table = (*process)->space->hardware();
  if (park) {
    table.park(engine, point, isa_);
  } else {
    if (table.has_claim(engine, point, isa_)) note_point(engine, pid, {point.at, point.kind, point.length}, false);
    table.unclaim(engine, point, isa_);
  }
  rearm_hardware(**process);
  return {};
}

void Arbiter::rearm_hardware(const Process& process) {
  for (const auto& other : machine_.tasks().processes()) {
    if (other->space != process.space) continue;
    for (Thread* thread : other->threads)
      if (thread->hardware_version != process.space->hardware().version()) machine_.request_stop(*thread);
  }
}

void Arbiter::drop_parked(EngineId engine, Pid pid) {
  check_thread();
  Process* process = machine_.tasks().process(pid);
  if (process == nullptr) return;
  for (const Deed::Point& point : process->space->unclaim_all(engine, true)) note_point(engine, pid, point, false);
}

std::vector<BreakpointInfo> Arbiter::breakpoints() const {
  check_thread();
  std::vector<BreakpointInfo> list;
  for (const auto& process : machine_.tasks().processes())
    for (const auto& [at, site] : process->space->sites())
      for (const Claim& claim : site.claims)
        if (process->has_member(claim.owner))
          list.push_back({claim.owner, process->pid, at, claim.parked, claim.hits, site.stepped_in_line, engines_.at(claim.owner).client->condition(process->pid, at)});
  return list;
}

}  // namespace gdbhub::core
