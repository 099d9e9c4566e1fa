// The fake processor beside the real one, one instruction at a time.
#include <array>
#include <random>

#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

/// Steps through the program and returns the registers after each instruction, until a breakpoint
/// instruction.
std::vector<GeneralRegisters> trace(World& world, const FakeProgram& program) {
  Kernel& kernel = world.kernel();
  world.install("main", program);
  LaunchSpec spec;
  spec.argv = {world.path_of("main")};
  spec.with_shell = false;
  const auto pid = kernel.spawn(spec);
  std::vector<GeneralRegisters> registers;
  if (!pid) return registers;
  const Tid tid = leader_of(*pid);
  for (bool going = true; going;) {
    const auto report = world.next(Patience::Long);
    if (!report || !report->status.is_stop()) break;
    registers.push_back(*kernel.registers(tid));
    const auto info = *kernel.signal_info(tid);
    going = info.si_code != SI_KERNEL;
    if (going && !kernel.resume(tid, ResumeMode::Step, 0)) break;
  }
  EXPECT_TRUE(kernel.kill_process(*pid));
  return registers;
}

/// Instructions that only compute, push, pop, load, store, and jump forward.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {
    program.mov_imm(Reg::Rsp, program.space(4096) + 2048);
    for (const Reg reg : kRegisters) program.mov_imm(reg, value());
    for (int count = 0; count < 120; ++count) emit();
    program.int3();
  }

  FakeProgram program;

 private:
  static constexpr std::array kRegisters = {Reg::Rax, Reg::Rcx, Reg::Rdx, Reg::Rbx, Reg::Rbp,
                                            Reg::Rsi, Reg::Rdi, Reg::R8,  Reg::R9,  Reg::R10,
                                            Reg::R11, Reg::R12, Reg::R13, Reg::R15};

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  Reg any() { return kRegisters[below(kRegisters.size())]; }
  /// Often one at the edge of overflows.
  std::uint64_t value() {
    constexpr std::array<std::uint64_t, 6> kEdges = {0, 1, ~0ull, 1ull << 63, (1ull << 63) - 1, 0x7f};
    return below(2) == 0 ? kEdges[below(kEdges.size())] : random_();
  }
  std::int8_t small() { return static_cast<std::int8_t>(random_()); }
  void emit() {
    switch (below(14)) {
      case 0:
        program.add(any(), small());
        break;
      case 1:
        program.sub(any(), small());
        break;
      case 2:
        program.cmp(any(), small());
        break;
      case 3:
        program.inc(any());
        break;
      case 4:
        program.dec(any());
        break;
      case 5:
        program.mov(any(), any());
        break;
      case 6:
        program.mov_imm(any(), value());
        break;
      case 7:
        program.mov_imm32(any(), static_cast<std::uint32_t>(random_()));
        break;
      case 8:
        program.push(any());
        break;
      case 9:
        program.pop(any());
        break;
      case 10:
        program.store(cell_, any());
        break;
      case 11:
        program.load(any(), cell_);
        break;
      case 12:
        program.long_nop();
        break;
      default:
        jump();
        break;
    }
  }
  void jump() {
    program.cmp(any(), small());
    program.raw({static_cast<Byte>(0x70 + below(16)), 3});
    program.inc(Reg::Rax);  // skipped when the condition holds
    const auto function = program.new_label(), past = program.new_label();
    program.call(function);
    program.short_jmp(past);
    program.bind(function);
    program.ret();
    program.bind(past);
  }

  std::mt19937_64 random_;
  Address cell_ = program.quad(0);
};

TEST(CpuContract, TheFakeProcessorComputesAsTheRealOneDoes) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const RandomProgram random(seed);
    FakeWorld fake(seed);
    LinuxWorld linux_world;
    const auto expected = trace(linux_world, random.program), actual = trace(fake, random.program);
    ASSERT_GT(expected.size(), 120u);
    ASSERT_EQ(actual.size(), expected.size());
    constexpr std::size_t kStackIsSet = 2;
    for (std::size_t i = kStackIsSet; i < expected.size(); ++i) {
      for (unsigned reg = 0; reg < 16; ++reg) {
        GeneralRegisters real = expected[i], ours = actual[i];
        ASSERT_EQ(register_by_number(ours, reg), register_by_number(real, reg))
            << "register " << reg << " after instruction " << i << " of seed " << seed;
      }
      ASSERT_EQ(actual[i].rip, expected[i].rip) << "after instruction " << i << " of seed " << seed;
      ASSERT_EQ(actual[i].eflags, expected[i].eflags) << "after instruction " << i << " of seed " << seed;
      ASSERT_EQ(actual[i].orig_rax, expected[i].orig_rax);
      ASSERT_EQ(actual[i].cs, expected[i].cs);
      ASSERT_EQ(actual[i].ss, expected[i].ss);
    }
  }
}

}  // namespace
}  // namespace gdbhub::test
