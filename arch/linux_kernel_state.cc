// The part of LinuxKernel that reads and changes stopped threads.
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <cstddef>
#include <utility>

#include "arch/linux_kernel.h"
#include "arch/ptrace_call.h"

namespace gdbhub::arch {
namespace {

std::uintptr_t debug_register_offset(int number) {
  return offsetof(struct user, u_debugreg) + static_cast<std::size_t>(number) * sizeof(user::u_debugreg[0]);
}

bool is_debug_register(int number) {
  return (number >= 0 && number <= 3) || number == 6 || number == 7;
}

Error no_debug_register(int number) {
  return {ErrorCode::InvalidArgument, 0, "there is no debug register " + std::to_string(number)};
}

}  // namespace

Result<GeneralRegisters> LinuxKernel::registers(Tid tid) {
  GeneralRegisters registers;
  if (request_object(PTRACE_GETREGS, tid, 0, &registers) != 0) {
    return system_error("read the registers of thread", tid.value);
  }
  return registers;
}

Result<> LinuxKernel::set_registers(Tid tid, const GeneralRegisters& registers) {
  return check(request_object(PTRACE_SETREGS, tid, 0, &registers), "write the registers of thread", tid);
}

Result<> LinuxKernel::set_pc(Tid tid, Address pc) {
  return check(request(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rip), pc.value),
               "set the pc of thread", tid);
}

Result<Bytes> LinuxKernel::extended_state(Tid tid) {
  // More than any processor has so far (AMX needs 11 KiB); the kernel fills in how much it was.
  constexpr std::size_t kEnough = 65536;
  Bytes state(extended_size_ != 0 ? extended_size_ : kEnough);
  iovec buffer{state.data(), state.size()};
  if (request_object(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &buffer) != 0) {
    return system_error("read the extended state of thread", tid.value);
  }
  extended_size_ = buffer.iov_len;
  state.resize(buffer.iov_len);
  return state;
}

Result<> LinuxKernel::set_extended_state(Tid tid, ByteSpan state) {
  iovec buffer{const_cast<Byte*>(state.data()), state.size()};
  return check(request_object(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &buffer),
               "write the extended state of thread", tid);
}

Result<std::uint64_t> LinuxKernel::debug_register(Tid tid, int number) {
  if (!is_debug_register(number)) return no_debug_register(number);
  const long value = request(PTRACE_PEEKUSER, tid, debug_register_offset(number));
  if (errno != 0) return system_error("read a debug register of thread", tid.value);
  return static_cast<std::uint64_t>(value);
}

Result<> LinuxKernel::set_debug_register(Tid tid, int number, std::uint64_t value) {
  if (!is_debug_register(number)) return no_debug_register(number);
  return check(request(PTRACE_POKEUSER, tid, debug_register_offset(number), value),
               "write a debug register of thread", tid);
}

Result<siginfo_t> LinuxKernel::signal_info(Tid tid) {
  siginfo_t info{};
  if (request_object(PTRACE_GETSIGINFO, tid, 0, &info) != 0) {
    return system_error("read the signal of thread", tid.value);
  }
  return info;
}

Result<> LinuxKernel::set_signal_info(Tid tid, const siginfo_t& info) {
  return check(request_object(PTRACE_SETSIGINFO, tid, 0, &info), "change the signal of thread", tid);
}

Result<std::uint64_t> LinuxKernel::event_message(Tid tid) {
  unsigned long message = 0;
  if (request_object(PTRACE_GETEVENTMSG, tid, 0, &message) != 0) {
    return system_error("read the event message of thread", tid.value);
  }
  // Most messages name a new child, whose SIGCHLD has often merged with the one of this event.
  to_ask_.push_back(Tid{static_cast<int>(message)});
  return std::uint64_t{message};
}

bool LinuxKernel::enters_syscall(Tid tid) {
  constexpr unsigned long kEntry = 1;  // PTRACE_EVENTMSG_SYSCALL_ENTRY of <linux/ptrace.h>, which glibc's header excludes
  unsigned long message = 0;
  return request_object(PTRACE_GETEVENTMSG, tid, 0, &message) == 0 && message == kEntry;
}

bool LinuxKernel::trap_pending(Tid tid) {
  constexpr int kBatch = 8;
  siginfo_t queued[kBatch];
  __ptrace_peeksiginfo_args from{};  // the thread's own queue, from its start
  from.nr = kBatch;
  for (;; from.off += kBatch) {
    const long count = request_object(PTRACE_PEEKSIGINFO, tid, reinterpret_cast<std::uintptr_t>(&from), queued);
    for (long i = 0; i < count; ++i)
      if (queued[i].si_signo == SIGTRAP) return true;
    if (count < kBatch) return false;
  }
}

}  // namespace gdbhub::arch
