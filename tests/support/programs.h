// Small programs that the tests of the core run on the fake and on the real kernel.
#pragma once

#include <signal.h>
#include <sys/syscall.h>

#include "tests/support/fake_program.h"

namespace gdbhub::test {

constexpr Byte kTrap = 0xcc;

/// Past the bytes at the entry, which engines borrow (A50).
inline FakeProgram beyond_entry() {
  FakeProgram p;
  const auto past = p.new_label();
  p.jmp(past);
  for (int i = 0; i < 40; ++i) p.nop();
  p.bind(past);
  return p;
}

/// For ever: "inc", "store" (to "count"), "nop", "back".
inline FakeProgram counting() {
  FakeProgram p = beyond_entry();
  const Address count = p.quad(0, "count");
  const auto loop = p.label();
  p.symbol("inc");
  p.inc(Reg::Rbx);
  p.symbol("store");
  p.store(count, Reg::Rbx);
  p.symbol("nop");
  p.nop();
  p.symbol("back");
  p.jmp(loop);
  return p;
}

/// Like counting(), but exits with 7 after `rounds` < 128.
inline FakeProgram counting_to(std::int8_t rounds) {
  FakeProgram p;
  const Address count = p.quad(0, "count");
  const auto loop = p.label();
  p.symbol("inc");
  p.inc(Reg::Rbx);
  p.symbol("store");
  p.store(count, Reg::Rbx);
  p.symbol("nop");
  p.nop();
  p.cmp(Reg::Rbx, rounds);
  p.jne(loop);
  p.symbol("exit");
  p.exit_group(7);
  return p;
}

/// rdi := own pid, rsi := own tid, rdx := the signal; then tgkill, at "tgkill".
inline void raise(FakeProgram& p, int signal) {
  p.call_kernel(SYS_gettid);
  p.mov(Reg::R12, Reg::Rax);
  p.call_kernel(SYS_getpid);
  p.mov(Reg::Rdi, Reg::Rax);
  p.mov(Reg::Rsi, Reg::R12);
  p.mov_imm32(Reg::Rdx, static_cast<std::uint32_t>(signal));
  p.mov_imm32(Reg::Rax, SYS_tgkill);
  p.symbol("tgkill");
  p.syscall();
}

/// For ever: raises SIGUSR1, whose handler (at "handler") counts in "handled".
inline FakeProgram signalling() {
  FakeProgram p;
  const Address handled = p.quad(0, "handled");
  const auto handler = p.new_label(), past = p.new_label();
  p.set_handler(SIGUSR1, handler);
  p.jmp(past);
  p.bind(handler);
  p.symbol("handler");
  p.inc(Reg::R13);
  p.load(Reg::R14, handled);
  p.inc(Reg::R14);
  p.store(handled, Reg::R14);
  p.ret();
  p.bind(past);
  const auto loop = p.label();
  raise(p, SIGUSR1);
  p.symbol("after");
  p.nop();
  p.jmp(loop);
  return p;
}

/// The leader makes `count` threads; all of them, and the leader, then loop for ever over "inc", "nop".
inline FakeProgram threads_looping(int count) {
  FakeProgram p;
  const auto work = p.new_label();
  for (; count > 0; --count) p.clone_thread(work, p.space(1024) + 1024);
  p.symbol("made");
  p.bind(work);
  p.symbol("inc");
  p.inc(Reg::Rbx);
  p.symbol("nop");
  p.nop();
  p.symbol("back");
  p.jmp(work);
  return p;
}

/// The leader waits for "go" and makes `count` threads; each, and the leader, then loops over "inc", "nop" and adds to "turns".
inline FakeProgram looping(int count) {
  FakeProgram p;
  const Address go = p.quad(0, "go"), turns = p.quad(0, "turns");
  const auto work = p.new_label();
  p.wait_for(go);
  for (; count > 0; --count) p.clone_thread(work, p.space(512) + 512);
  p.bind(work);
  p.symbol("inc");
  p.inc(Reg::Rbx);
  p.symbol("nop");
  p.nop();
  p.load(Reg::R14, turns);
  p.inc(Reg::R14);
  p.store(turns, Reg::R14);
  p.jmp(work);
  return p;
}

}  // namespace gdbhub::test
