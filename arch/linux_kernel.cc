#include "arch/linux_kernel.h"

#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

#include "arch/attach_refusal.h"
#include "arch/proc_files.h"
#include "arch/ptrace_call.h"
#include "gdbhub/procfs.h"
#include "arch/spawn.h"

namespace gdbhub::arch {
namespace {

constexpr std::uintptr_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                    PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
constexpr std::uintptr_t kExitKill = PTRACE_O_EXITKILL;
constexpr std::uintptr_t kExitStops = PTRACE_O_TRACEEXIT;

/// From this number of threads on, a search of all takes longer than a stop.
constexpr std::size_t kManyThreads = 64;
/// A search that was put off comes when this many times its own duration has passed.
constexpr int kSearchShare = 20;
/// After so many reports that only searches have found, each thread is asked once: many have stopped
/// together, and a search goes through all of them for each report.
constexpr int kSearchesInARow = 8;
/// So many resumed threads are lingered for: those of a loop. When more are resumed, a client has resumed all.
constexpr std::size_t kFewResumed = 8;

std::optional<TaskStatus> status_of(int pid) {
  const Result<Bytes> text = read_file(proc_path(pid, "status"));
  return text ? parse_status(text_of(*text)) : std::nullopt;
}

std::optional<int> yama_scope() {
  const Result<Bytes> text = read_file("/proc/sys/kernel/yama/ptrace_scope");
  if (!text) return std::nullopt;
  const std::string_view digits = text_of(*text);
  int scope = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), scope);
  return scope;
}

Error no_process(Tid tid) {
  return {ErrorCode::NotFound, ESRCH, "no process " + std::to_string(tid.value)};
}

Error refusal(Tid tid) {
  const std::optional<TaskStatus> status = status_of(tid.value);
  if (!status) return no_process(tid);
  const std::optional<TaskStatus> tracer = status->tracer ? status_of(status->tracer.value) : std::nullopt;
  return explain({tid, *status, tracer, Pid{::getpid()}, static_cast<int>(::geteuid()), yama_scope()});
}

Request resume_request(ResumeMode mode) {
  switch (mode) {
    case ResumeMode::Continue:
      return PTRACE_CONT;
    case ResumeMode::Step:
      return PTRACE_SINGLESTEP;
    case ResumeMode::BlockStep:
      return PTRACE_SINGLEBLOCK;
    case ResumeMode::Syscall:
      return PTRACE_SYSCALL;
    case ResumeMode::Listen:
      return PTRACE_LISTEN;
  }
  return PTRACE_CONT;
}

}  // namespace

// -- attach, run, stop -----------------------------------------------------------------------------

Result<> LinuxKernel::seize(Tid tid, bool exit_kill) {
  if (request(PTRACE_SEIZE, tid, 0, kOptions | (exit_kill ? kExitKill : 0)) == 0) {
    poll_set_.settle(tid);
    return {};
  }
  if (errno == EPERM) return refusal(tid);
  if (errno == ESRCH) return no_process(tid);
  return system_error("attach to", tid.value);
}

Result<> LinuxKernel::interrupt(Tid tid) {
  if (request(PTRACE_INTERRUPT, tid) != 0) return system_error("interrupt thread", tid.value);
  poll_set_.expect(tid);
  return {};
}

Result<> LinuxKernel::set_exit_stops(Tid tid, bool on, bool exit_kill) {
  const std::uintptr_t options = kOptions | (exit_kill ? kExitKill : 0) | (on ? kExitStops : 0);
  return check(request(PTRACE_SETOPTIONS, tid, 0, options), "set the trace options of thread", tid);
}

Result<> LinuxKernel::resume(Tid tid, ResumeMode mode, int signal) {
  const int given = mode == ResumeMode::Listen ? 0 : signal;
  if (request(resume_request(mode), tid, 0, static_cast<std::uintptr_t>(given)) != 0) {
    return system_error("resume thread", tid.value);
  }
  if (mode == ResumeMode::Step || mode == ResumeMode::BlockStep) poll_set_.expect(tid);
  if (mode != ResumeMode::Listen) note_resumed(tid);
  return {};
}

Result<> LinuxKernel::detach(Tid tid, int signal) {
  if (request(PTRACE_DETACH, tid, 0, static_cast<std::uintptr_t>(signal)) != 0) {
    return system_error("detach from thread", tid.value);
  }
  poll_set_.forget(tid);
  return {};
}

void LinuxKernel::note_resumed(Tid tid) {
  if (resumed_.size() == kFewResumed) resumed_.erase(resumed_.begin());
  resumed_.push_back(tid);
}

bool LinuxKernel::linger(TimePoint deadline) {
  if (ready_) return true;
  do {
    for (std::size_t i = 0; i < resumed_.size();) {
      const Tid tid = resumed_[i];
      if ((ready_ = collect(tid))) return true;
      if (i < resumed_.size() && resumed_[i] == tid) ++i;  // else it was forgotten
    }
    // On the tracee's processor this lets it run; sleeping and being woken would take longer than the tracee does.
    ::sched_yield();
  } while (!resumed_.empty() && std::chrono::steady_clock::now() < deadline);
  resumed_.clear();
  return false;
}

std::optional<WaitResult> LinuxKernel::collect(Tid tid) {
  int raw = 0;
  const pid_t reported = ::waitpid(tid.value, &raw, WNOHANG | __WALL);
  if (reported == -1) {  // ECHILD: not ours, or an exec took its tid away
    poll_set_.forget(tid);
    std::erase(resumed_, tid);
  }
  if (reported <= 0) return std::nullopt;
  const WaitResult result{Tid{reported}, WaitStatus(raw)};
  std::erase(resumed_, result.tid);
  if (result.status.is_death()) {
    poll_set_.forget(result.tid);
  } else {
    poll_set_.settle(result.tid);
  }
  return result;
}

std::optional<WaitResult> LinuxKernel::wait_next() {
  if (ready_) {
    found_by_lingering_ = true;
    return std::exchange(ready_, std::nullopt);
  }
  if (std::exchange(found_by_lingering_, false)) return std::nullopt;
  while (!to_ask_.empty()) {
    const Tid tid = to_ask_.back();
    to_ask_.pop_back();
    if (auto result = collect(tid)) return result;
  }
  while (const std::optional<Tid> tid = poll_set_.next()) {
    if (auto result = collect(*tid)) return result;
  }
  auto result = search_all();
  if (!result) poll_set_.restart();
  return result;
}

std::optional<WaitResult> LinuxKernel::search_all() {
  const TimePoint begin = std::chrono::steady_clock::now();
  if (hinted_ && begin < next_search_ && poll_set_.size() >= kManyThreads) {
    search_due_ = next_search_;
    return std::nullopt;
  }
  hinted_ = false;
  search_due_.reset();
  const auto result = collect(Tid{-1});
  const TimePoint end = std::chrono::steady_clock::now();
  next_search_ = end + kSearchShare * (end - begin);
  if (!result) {
    searched_in_a_row_ = 0;
  } else if (++searched_in_a_row_ == kSearchesInARow) {
    searched_in_a_row_ = 0;
    poll_set_.for_each([this](Tid tid) { to_ask_.push_back(tid); });
  }
  return result;
}

std::optional<WaitStatus> LinuxKernel::wait_thread(Tid tid) {
  const auto result = collect(tid);
  return result ? std::optional(result->status) : std::nullopt;
}

Result<> LinuxKernel::send_signal(Pid pid, Tid tid, int signal) {
  return check(::tgkill(pid.value, tid.value, signal), "signal thread", tid);
}

Result<> LinuxKernel::kill_process(Pid pid) {
  if (pid.value <= 0) return no_process(leader_of(pid));  // to kill(2) these are groups, or everybody
  return check(::kill(pid.value, SIGKILL), "kill process", leader_of(pid));
}

Result<Pid> LinuxKernel::spawn(const LaunchSpec& spec) {
  Result<HeldChild> child = HeldChild::start(spec);
  if (!child) return child.error();
  Result<> outcome = child->await_setup();
  if (outcome) outcome = seize(leader_of(child->pid()), spec.exit_kill);
  if (!outcome) {
    // Never left to the waits of others, so it is reaped here; it dies at once.
    ::kill(child->pid().value, SIGKILL);
    ::waitpid(child->pid().value, nullptr, __WALL);
    return outcome.error();
  }
  child->release();
  return child->pid();
}

// -- processes ---------------------------------------------------------------------------------------

Result<std::unique_ptr<TraceeMemory>> LinuxKernel::open_memory(Tid tid) {
  return open_proc_memory(tid);
}

Result<> LinuxKernel::write_as_program(Tid tid, Address to, ByteSpan from) {
  // Unlike /proc/PID/mem this does not pass protection by.
  const iovec local{const_cast<Byte*>(from.data()), from.size()};
  const iovec remote{reinterpret_cast<void*>(to.value), from.size()};
  const ssize_t written = ::process_vm_writev(tid.value, &local, 1, &remote, 1, 0);
  if (written == static_cast<ssize_t>(from.size())) return {};
  return Error{ErrorCode::BadMemory, written < 0 ? errno : 0, "the program may not write there"};
}

std::vector<Pid> LinuxKernel::processes() { return list_processes(); }

Result<std::vector<Tid>> LinuxKernel::threads(Pid pid) {
  return list_threads(pid);
}

Result<Pid> LinuxKernel::process_of(Tid tid) {
  const std::optional<TaskStatus> status = status_of(tid.value);
  if (!status) return no_process(tid);
  return status->process;
}

Result<Bytes> LinuxKernel::proc_file(Pid pid, const std::string& name) {
  return read_file(proc_path(pid.value, name));
}

Result<std::string> LinuxKernel::proc_link(Pid pid, const std::string& name) {
  return read_link(proc_path(pid.value, name));
}

}  // namespace gdbhub::arch
