#include "tests/sim/workload.h"

#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>

namespace gdbhub::test {
namespace {

using Label = FakeProgram::Label;

/// Writes the loop: a random order of snippets, each in another class of step plans.
class LoopWriter {
 public:
  LoopWriter(Workload& to, std::mt19937_64& random) : to_(to), p_(to.program), random_(random) {}

  /// A function: rbx counts rounds, r9 adds 7 in each.
  Label write() {
    using Snippet = void (LoopWriter::*)();
    std::vector<Snippet> snippets = {&LoopWriter::nops, &LoopWriter::stack,   &LoopWriter::call,    &LoopWriter::memory,
                                     &LoopWriter::calls_kernel, &LoopWriter::jumps, &LoopWriter::raises, &LoopWriter::own_trap};
    std::shuffle(snippets.begin(), snippets.end(), random_);
    snippets.resize(2 + random_() % 5);
    seven_ = p_.quad(7);
    const Label past = p_.new_label();
    p_.jmp(past);
    sub_ = p_.label();
    p_.inc(Reg::R8);
    p_.ret();
    p_.bind(past);
    const Label start_past = p_.new_label();
    p_.jmp(start_past);
    const Label body = p_.label();
    p_.mov_imm32(Reg::Rbx, 0);
    p_.mov_imm32(Reg::R9, 0);
    const Label loop = p_.label(), done = p_.new_label();
    place(p_.inc(Reg::Rbx));
    place(p_.add(Reg::R9, 7));
    for (const Snippet snippet : snippets) (this->*snippet)();
    place(p_.cmp(Reg::Rbx, static_cast<std::int8_t>(to_.rounds)));
    place(p_.je(done));
    p_.jmp(loop);
    p_.bind(done);
    p_.ret();
    p_.bind(start_past);
    return body;
  }

 private:
  void place(Address at) { to_.places.push_back(at); }
  void nops() {
    place(p_.nop());
    place(p_.long_nop());
  }
  void stack() {
    place(p_.push(Reg::Rbx));
    place(p_.pop(Reg::R8));
  }
  void call() { place(p_.call(sub_)); }
  void memory() {
    place(p_.load(Reg::R10, seven_));
    place(p_.mov(Reg::R14, Reg::R10));
  }
  void calls_kernel() {
    place(p_.mov_imm32(Reg::Rax, random_() % 2 == 0 ? SYS_gettid : SYS_sched_yield));
    place(p_.syscall());
  }
  void jumps() {
    const Label past = p_.new_label(), further = p_.new_label();
    place(p_.short_jmp(past));
    p_.hlt();
    p_.bind(past);
    place(p_.cmp(Reg::Rbx, 0));
    place(p_.je(further));
    place(p_.nop());
    p_.bind(further);
  }
  void raises() {
    p_.call_kernel(SYS_gettid);
    place(p_.mov(Reg::R12, Reg::Rax));
    p_.call_kernel(SYS_getpid);
    place(p_.mov(Reg::Rdi, Reg::Rax));
    p_.mov(Reg::Rsi, Reg::R12);
    p_.mov_imm32(Reg::Rdx, SIGUSR1);
    place(p_.mov_imm32(Reg::Rax, SYS_tgkill));
    place(p_.syscall());
    ++to_.signals_per_round;
  }
  void own_trap() {
    place(p_.int3());
    place(p_.nop());
    ++to_.signals_per_round;
  }

  Workload& to_;
  FakeProgram& p_;
  std::mt19937_64& random_;
  Address seven_;
  Label sub_;
};

}  // namespace

Workload make_workload(std::mt19937_64& random) {
  Workload w;
  FakeProgram& p = w.program;
  w.threads = 1 + static_cast<int>(random() % 3);
  w.rounds = 1 + static_cast<int>(random() % 4);
  w.forks = random() % 4 == 0;
  w.vforks = random() % 5 == 0;
  w.execs = random() % 5 == 0;

  const Label handler = p.new_label(), start = p.new_label();
  p.jmp(start);
  p.bind(handler);
  w.handler = p.mov(Reg::R15, Reg::R15);
  w.others.push_back(p.nop());
  p.ret();
  const Label body = LoopWriter(w, random).write();

  std::vector<Address> counts, sums, done;
  for (int i = 0; i < w.threads; ++i) {
    counts.push_back(p.quad(0));
    sums.push_back(p.quad(0));
    done.push_back(p.quad(0));
  }
  const auto run_body = [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    w.others.push_back(p.call(body));
    w.others.push_back(p.store(counts[at], Reg::Rbx));
    p.store(sums[at], Reg::R9);
  };
  std::vector<Label> entries;
  for (int i = 1; i < w.threads; ++i) {
    entries.push_back(p.label());
    run_body(i);
    w.others.push_back(p.set(done[static_cast<std::size_t>(i)]));
    w.others.push_back(p.exit(0));
  }
  const Label child = p.label();
  w.others.push_back(p.call(body));
  p.mov(Reg::Rdi, Reg::Rbx);
  w.others.push_back(p.call_kernel(SYS_exit_group));
  const Label vfork_child = p.label();
  w.others.push_back(p.nop());
  w.others.push_back(p.inc(Reg::R8));
  p.exit_group(5);

  p.bind(start);
  p.set_handler(SIGUSR1, handler);
  // Were it blocked in the handler, a debugger's trap there would end the program: force_sig(9).
  p.set_handler(SIGTRAP, handler, SA_NODEFER);
  for (const Label entry : entries) w.others.push_back(p.clone_thread(entry, p.space(2048) + 2048));
  const auto make_child = [&](long call, Label to) {
    const Label parent = p.new_label();
    w.others.push_back(p.call_kernel(call));
    w.others.push_back(p.cmp(Reg::Rax, 0));
    p.jne(parent);
    p.jmp(to);
    p.bind(parent);
  };
  if (w.forks) make_child(SYS_fork, child);
  if (w.vforks) make_child(SYS_vfork, vfork_child);
  run_body(0);
  for (std::size_t i = 1; i < done.size(); ++i) p.wait_for(done[i]);
  w.final = p.mov(Reg::R15, Reg::R15);
  w.others.push_back(p.nop());
  if (w.execs) p.execve("second");
  p.exit_group(Workload::kExitCode);

  w.results = counts;
  w.results.insert(w.results.end(), sums.begin(), sums.end());
  for (int i = 0; i < 5; ++i) w.second.inc(Reg::Rbx);
  w.second.exit_group(Workload::kExitCode);
  return w;
}

}  // namespace gdbhub::test
