// The Kernel of the machine the hub runs on: ptrace(2), waitpid(2) and /proc.
#pragma once

#include <optional>
#include <vector>

#include "arch/poll_set.h"
#include "gdbhub/event_loop.h"
#include "gdbhub/kernel.h"

namespace gdbhub::arch {

/// See Kernel. One object a process, used by the thread that made it. Collects the reports of all children of
/// that process, so there must be none that somebody else waits for.
///
/// Waiting. waitpid(-1) takes time in proportion to the number of traced threads, so wait_next first asks the
/// threads that SIGCHLD named (hint), then those that were interrupted or single-stepped, and only then
/// searches all. An owner that gives hints must also look at search_due(): with thousands of threads the
/// search is put off, so that it takes no more than a few percent of the time, and since SIGCHLDs coalesce a
/// report may have come without its hint.
///
/// A thread that was resumed often stops again at once: it steps, or runs in a loop with a breakpoint. An owner that
/// calls linger() before it goes to sleep meets it half-way, without a signal and without an event loop's round.
class LinuxKernel : public Kernel {
 public:
  /// A SIGCHLD came with this ssi_pid. Any value is safe.
  void hint(Tid tid) {
    to_ask_.push_back(tid);
    hinted_ = true;
  }
  /// When the last wait_next has put the search off: the time at which wait_next is to be called again, hint
  /// or not.
  std::optional<TimePoint> search_due() const { return search_due_; }
  /// Some thread has been resumed since it last reported, and neither been waited for in vain nor given up.
  bool expects_report() const { return !resumed_.empty(); }
  void expect_nothing() { resumed_.clear(); }
  /// Gives the processor to the threads that were resumed last until one of them reports (true: wait_next has it) or
  /// `deadline` has passed (false). The wait_next after it looks for nothing else.
  bool linger(TimePoint deadline);

  Result<> seize(Tid tid, bool exit_kill) override;
  Result<> interrupt(Tid tid) override;
  Result<> set_exit_stops(Tid tid, bool on, bool exit_kill) override;
  Result<> resume(Tid tid, ResumeMode mode, int signal) override;
  Result<> detach(Tid tid, int signal) override;
  std::optional<WaitResult> wait_next() override;
  std::optional<WaitStatus> wait_thread(Tid tid) override;
  Result<> send_signal(Pid pid, Tid tid, int signal) override;
  Result<> kill_process(Pid pid) override;
  Result<Pid> spawn(const LaunchSpec& spec) override;

  Result<GeneralRegisters> registers(Tid tid) override;
  Result<> set_registers(Tid tid, const GeneralRegisters& registers) override;
  Result<> set_pc(Tid tid, Address pc) override;
  Result<Bytes> extended_state(Tid tid) override;
  Result<> set_extended_state(Tid tid, ByteSpan state) override;
  Result<std::uint64_t> debug_register(Tid tid, int number) override;
  Result<> set_debug_register(Tid tid, int number, std::uint64_t value) override;
  Result<siginfo_t> signal_info(Tid tid) override;
  Result<> set_signal_info(Tid tid, const siginfo_t& info) override;
  Result<std::uint64_t> event_message(Tid tid) override;
  bool enters_syscall(Tid tid) override;
  bool trap_pending(Tid tid) override;

  Result<std::unique_ptr<TraceeMemory>> open_memory(Tid tid) override;
  Result<> write_as_program(Tid tid, Address to, ByteSpan from) override;
  std::vector<Pid> processes() override;
  Result<std::vector<Tid>> threads(Pid pid) override;
  Result<Pid> process_of(Tid tid) override;
  Result<Bytes> proc_file(Pid pid, const std::string& name) override;
  Result<std::string> proc_link(Pid pid, const std::string& name) override;

 private:
  std::optional<WaitResult> search_all();
  void note_resumed(Tid tid);
  /// waitpid of one thread or (tid -1) all; keeps poll_set_ up to date.
  std::optional<WaitResult> collect(Tid tid);

  PollSet poll_set_;
  std::vector<Tid> resumed_;         ///< lately; no report yet, and not given up by linger()
  std::optional<WaitResult> ready_;  ///< what linger() has found
  bool found_by_lingering_ = false;  ///< the last result: whoever lingers asks again soon
  std::vector<Tid> to_ask_;    ///< to be asked once, before all others
  bool hinted_ = false;        ///< hint() was used since the last search
  int searched_in_a_row_ = 0;  ///< reports that only searches have found
  TimePoint next_search_{};    ///< not before
  std::optional<TimePoint> search_due_;
  std::size_t extended_size_ = 0;  ///< bytes of NT_X86_XSTATE; 0: not known yet
};

}  // namespace gdbhub::arch
