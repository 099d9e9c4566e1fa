// Names of code and callers, of this very process: it has symbols, and its stack is at hand.
#include "arch/process_code.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

namespace gdbhub::arch {
namespace {

constexpr std::size_t kStack = 4096;

/// Byte by byte, past the sanitizers: they know no reason to read other functions' frames.
[[gnu::no_sanitize_address, gnu::no_sanitize_thread]] void copy_stack(const volatile Byte* from, Bytes& to) {
  for (Byte& byte : to) byte = *from++;
}

/// Where this function stands, with what is above it on the stack.
[[gnu::noinline]] StackSample sample_here() {
  ucontext_t context;
  ::getcontext(&context);
  const auto& r = context.uc_mcontext.gregs;
  StackSample sample;
  sample.pid = Pid{::getpid()};
  sample.tid = Tid{::gettid()};
  auto& to = sample.registers;
  to.rbx = static_cast<std::uint64_t>(r[REG_RBX]);
  to.rbp = static_cast<std::uint64_t>(r[REG_RBP]);
  to.rsp = static_cast<std::uint64_t>(r[REG_RSP]);
  to.r12 = static_cast<std::uint64_t>(r[REG_R12]);
  to.r13 = static_cast<std::uint64_t>(r[REG_R13]);
  to.r14 = static_cast<std::uint64_t>(r[REG_R14]);
  to.r15 = static_cast<std::uint64_t>(r[REG_R15]);
  to.rip = static_cast<std::uint64_t>(r[REG_RIP]);
  sample.begin = Address{to.rsp};
  sample.stack.resize(kStack);
  copy_stack(reinterpret_cast<const volatile Byte*>(to.rsp), sample.stack);
  return sample;
}

[[gnu::noinline]] StackSample sample_of_a_callee() {
  StackSample sample = sample_here();
  sample.tid.value += 0;  // the call is not the last thing: it has a frame
  return sample;
}

TEST(ProcessCode, CallersAreFoundInnermostFirst) {
  const auto frames = callers_of(sample_of_a_callee(), 100).value();
  ASSERT_GE(frames.size(), 3u);
  EXPECT_NE(frames[0].function.find("sample_here"), std::string::npos) << frames[0].function;
  EXPECT_NE(frames[1].function.find("sample_of_a_callee"), std::string::npos) << frames[1].function;
  EXPECT_NE(frames[2].function.find("CallersAreFoundInnermostFirst"), std::string::npos) << frames[2].function;
  EXPECT_NE(frames[0].module.find("gdbhub_unit_tests"), std::string::npos);
}

TEST(ProcessCode, NoMoreFramesThanAskedFor) {
  EXPECT_EQ(callers_of(sample_of_a_callee(), 2).value().size(), 2u);
}

TEST(ProcessCode, WithoutAStackThereIsWhereTheThreadStands) {
  StackSample sample = sample_here();
  sample.stack.clear();
  const auto frames = callers_of(sample, 100).value();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].address.value, sample.registers.rip);
}

TEST(ProcessCode, AFunctionIsNamedWithItsOffset) {
  const Address begin{reinterpret_cast<std::uintptr_t>(&sample_of_a_callee)};
  const auto spots = describe_code(Pid{::getpid()}, {begin, begin + 1, Address{8}}).value();
  ASSERT_EQ(spots.size(), 3u);
  EXPECT_NE(spots[0].function.find("sample_of_a_callee"), std::string::npos);
  EXPECT_EQ(spots[0].function.find("_ZN"), std::string::npos) << "demangled";
  EXPECT_EQ(spots[0].offset, 0u);
  EXPECT_EQ(spots[1].offset, 1u);
  EXPECT_EQ(spots[2], (CodeSpot{.address = Address{8}, .function = {}, .offset = 0, .file = {}, .line = 0, .module = {}}));
}

TEST(ProcessCode, AVersionedSymbolIsCalledByItsName) {
  const Address at{reinterpret_cast<std::uintptr_t>(&::prctl)};
  const auto spots = describe_code(Pid{::getpid()}, {at}).value();
  EXPECT_EQ(spots.at(0).function.find('@'), std::string::npos) << spots.at(0).function;
}

TEST(ProcessCode, AProcessThatIsNotThereIsAnError) {
  EXPECT_FALSE(describe_code(Pid{1 << 29}, {Address{8}}));
}

}  // namespace
}  // namespace gdbhub::arch
