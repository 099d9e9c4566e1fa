// A traced child process without anything in it but three regions, in which tests execute single
// instructions. Raw ptrace: what the code under test says is compared with what the processor does.
#pragma once

#include <elf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// How one step ended.
struct StepOutcome {
  RegisterState state;
  int signal = 0;  ///< SIGTRAP after a step
  int code = 0;    ///< siginfo
  Address fault;   ///< si_addr; zero after a step
  Bytes scratch;
};

class SteppedChild {
 public:
  static constexpr std::uint64_t kBase = 0x2000'0000;
  static constexpr std::uint64_t kCode = kBase;
  static constexpr std::uint64_t kSlot = kBase + 0x4000;
  static constexpr std::uint64_t kScratch = kBase + 0x8000;
  static constexpr std::uint64_t kScratchSize = 0x8000;
  static constexpr std::uint64_t kSize = 0x10000;

  SteppedChild() {
    void* at = mmap(pointer(kBase), kSize, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != pointer(kBase)) throw std::runtime_error("mmap");
    // Not the C library's fork: the thread sanitizer would start a thread in the child, which faults below.
    pid_ = static_cast<pid_t>(syscall(SYS_fork));
    if (pid_ == 0) {
      // The kernel would miss glibc's rseq area when it is unmapped below.
      syscall(SYS_rseq, static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset, kRseqSize,
              RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      kill(getpid(), SIGSTOP);
      _exit(1);
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid_, nullptr, pointer(PTRACE_O_EXITKILL));
    // Nothing else stays mapped, so that a wild access faults each time instead of changing what the next one
    // finds.
    initial_ = state();
    unmap(0, kBase);
    unmap(kBase + kSize, 0x7fff'ffff'f000 - (kBase + kSize));
  }
  SteppedChild(const SteppedChild&) = delete;
  ~SteppedChild() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    munmap(pointer(kBase), kSize);
  }

  /// The state that the child had when it started, with the pc at kCode.
  RegisterState initial() const {
    RegisterState state = initial_;
    state.general.rip = kCode;
    state.general.orig_rax = ~0ULL;
    state.general.rsp = kScratch + kScratchSize / 2;
    return state;
  }

  /// The child's memory, for both sides. Addresses outside of the regions give nothing.
  static MutableByteSpan memory(Address at, std::size_t size) {
    if (at.value < kBase || at.value > kBase + kSize || size > kBase + kSize - at.value) return {};
    return {static_cast<Byte*>(pointer(at.value)), size};
  }
  static std::size_t read(Address from, MutableByteSpan to) {
    const MutableByteSpan found = memory(from, to.size());
    std::ranges::copy(found, to.begin());
    return found.size();
  }
  static MutableByteSpan scratch() { return memory({kScratch}, kScratchSize); }

  /// Puts `code` at `at`, the thread into `state` with the pc there, and does one step.
  StepOutcome step(ByteSpan code, Address at, RegisterState state) {
    return execute(code, at, std::move(state), PTRACE_SINGLESTEP);
  }
  /// The same, but lets it run. All around the code, and all around kCode, traps end it: those leave the pc as a step does.
  StepOutcome run(ByteSpan code, Address at, RegisterState state) {
    if (at.value != kCode) std::ranges::fill(memory({kCode}, 64), Byte{0xcc});
    StepOutcome outcome = execute(code, at, std::move(state), PTRACE_CONT);
    if (outcome.signal == SIGTRAP && outcome.code == SI_KERNEL) {
      outcome.state.general.rip -= 1;
      outcome.code = TRAP_TRACE;
    }
    return outcome;
  }

  RegisterState state() const {
    RegisterState state;
    ptrace(PTRACE_GETREGS, pid_, nullptr, &state.general);
    state.extended.resize(16384);
    iovec io{state.extended.data(), state.extended.size()};
    ptrace(PTRACE_GETREGSET, pid_, pointer(NT_X86_XSTATE), &io);
    state.extended.resize(io.iov_len);
    return state;
  }
  void set(RegisterState& state) const {
    EXPECT_EQ(ptrace(PTRACE_SETREGS, pid_, nullptr, &state.general), 0);
    iovec io{state.extended.data(), state.extended.size()};
    EXPECT_EQ(ptrace(PTRACE_SETREGSET, pid_, pointer(NT_X86_XSTATE), &io), 0);
  }

 private:
  static constexpr unsigned kRseqSize = 32;

  static void* pointer(std::uint64_t value) { return reinterpret_cast<void*>(value); }

  StepOutcome execute(ByteSpan code, Address at, RegisterState before, __ptrace_request how) {
    std::ranges::fill(memory(at, 64), Byte{0xcc});
    std::ranges::copy(code, memory(at, code.size()).begin());
    before.general.rip = at.value;
    set(before);
    ptrace(how, pid_, nullptr, nullptr);
    int status = 0;
    waitpid(pid_, &status, 0);
    if (!WIFSTOPPED(status)) throw std::runtime_error("the child is gone");
    StepOutcome outcome;
    outcome.state = this->state();
    outcome.signal = WSTOPSIG(status);
    siginfo_t info{};
    ptrace(PTRACE_GETSIGINFO, pid_, nullptr, &info);
    outcome.code = info.si_code;
    if (outcome.signal != SIGTRAP) outcome.fault = {reinterpret_cast<std::uint64_t>(info.si_addr)};
    outcome.scratch.assign(scratch().begin(), scratch().end());
    return outcome;
  }

  void unmap(std::uint64_t begin, std::uint64_t size) {
    RegisterState state = initial();
    state.general.rax = SYS_munmap;
    state.general.rdi = begin;
    state.general.rsi = size;
    const Byte code[] = {0x0f, 0x05};
    EXPECT_EQ(step(code, {kCode}, state).state.general.rax, 0U);
  }

  pid_t pid_ = -1;
  RegisterState initial_;
};

}  // namespace gdbhub::arch
