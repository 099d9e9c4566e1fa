// Writing to a tracee's memory: as the tracer may, and as the program itself may.
#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelMemory : public KernelContract {};
GDBHUB_ON_BOTH_KERNELS(KernelMemory);

TEST_P(KernelMemory, OnlyTheTracerWritesToReadOnlyPages) {
  FakeProgram program;
  const Address data = program.quad(1);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  const Tid tid = launch(program);
  const std::uint64_t value = 0x1122334455667788, before = quad(tid, FakeProgram::kTextBase);

  EXPECT_TRUE(kernel().write_as_program(tid, data, bytes_of(value)));
  EXPECT_EQ(quad(tid, data), value);
  const auto refused = kernel().write_as_program(tid, FakeProgram::kTextBase, bytes_of(value));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::BadMemory);
  EXPECT_EQ(quad(tid, FakeProgram::kTextBase), before);
  EXPECT_FALSE(kernel().write_as_program(tid, Address{0x10}, bytes_of(value)));

  const auto memory = kernel().open_memory(tid);
  ASSERT_TRUE(memory);
  EXPECT_EQ((*memory.value()).write(FakeProgram::kTextBase, bytes_of(value)), sizeof value);
  EXPECT_EQ(quad(tid, FakeProgram::kTextBase), value);
}

}  // namespace
}  // namespace gdbhub::test
