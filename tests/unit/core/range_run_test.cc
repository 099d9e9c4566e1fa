#include "engines/core/range_run.h"

#include <gtest/gtest.h>

#include "arch/x86_isa.h"
#include "tests/support/fake_program.h"

namespace gdbhub::core {
namespace {

using test::FakeProgram;
using test::Reg;

/// Explores the range from its beginning.
struct Explored {
  Explored(const FakeProgram& program, Address begin, Address end) : Explored(program, begin, end, begin) {}
  Explored(const FakeProgram& program, Address begin, Address end, Address from) : run({begin, end - begin}) {
    GeneralRegisters registers{};
    registers.cs = 0x33;
    const Bytes text = program.text();
    ok = run.explore(from, arch::X86Isa(), registers, [&](Address at, MutableByteSpan to) {
      const std::uint64_t offset = at - FakeProgram::kTextBase;
      const std::size_t count = offset < text.size() ? std::min(to.size(), text.size() - offset) : 0;
      std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
      return count;
    });
  }
  RangeRun run;
  bool ok = false;
};

using Exits = std::set<Address>;

TEST(RangeRun, ALoopComesOutWhereItEnds) {
  FakeProgram p;
  const auto loop = p.label();
  const Address begin = p.inc(Reg::Rbx);
  p.cmp(Reg::Rbx, 100);
  p.jne(loop);
  const Address end = p.nop();
  const Explored of(p, begin, end);
  ASSERT_TRUE(of.ok);
  EXPECT_EQ(of.run.exits(), Exits{end});
  EXPECT_TRUE(of.run.knows(begin));
  EXPECT_FALSE(of.run.knows(begin + 1)) << "the middle of an instruction";
}

TEST(RangeRun, JumpsOutOfItAreExitsAtTheirTargets) {
  FakeProgram p;
  const auto out = p.new_label(), loop = p.label();
  const Address begin = p.inc(Reg::Rbx);
  p.je(out);
  p.jmp(loop);
  const Address end = p.nop();
  p.nop();
  p.bind(out);
  const Address target = p.ret();
  const Explored of(p, begin, end);
  ASSERT_TRUE(of.ok);
  EXPECT_EQ(of.run.exits(), Exits{target});
}

TEST(RangeRun, CallsAndReturnsAreExitsThemselvesAndWhatFollowsIsExploredWhenItIsReached) {
  FakeProgram p;
  const auto function = p.new_label();
  const Address begin = p.nop(), call = p.call(function);
  const Address after = p.nop(), back = p.ret();
  const Address end = p.here();
  p.bind(function);
  p.ret();
  Explored of(p, begin, end);
  ASSERT_TRUE(of.ok);
  EXPECT_EQ(of.run.exits(), Exits{call});
  EXPECT_FALSE(of.run.knows(after));
  const Explored from_there(p, begin, end, after);
  ASSERT_TRUE(from_there.ok);
  EXPECT_EQ(from_there.run.exits(), Exits{back});
}

TEST(RangeRun, AJumpToItselfHasNoExit) {
  FakeProgram p;
  const auto loop = p.label();
  const Address begin = p.jmp(loop);
  const Explored of(p, begin, p.here());
  ASSERT_TRUE(of.ok);
  EXPECT_TRUE(of.run.exits().empty());
}

TEST(RangeRun, DataBehindAnIndirectJumpIsNotTakenForCode) {
  FakeProgram p;
  const Address begin = p.nop();
  const Address jump = p.raw({0xff, 0xe0});  // jmp *%rax
  p.raw({0x06, 0x06, 0xeb, 0x10});           // no instruction; a jump
  const Explored of(p, begin, p.here());
  ASSERT_TRUE(of.ok);
  EXPECT_EQ(of.run.exits(), Exits{jump});
}

TEST(RangeRun, WhatCannotBeFollowedForSureIsStepped) {
  FakeProgram undecodable;
  const Address nop = undecodable.nop();
  undecodable.raw({0x06});
  EXPECT_FALSE(Explored(undecodable, nop, undecodable.here()).ok);

  FakeProgram overlapping;  // je into the constant of the next instruction
  const Address je = overlapping.raw({0x74, 0x01});
  overlapping.raw({0xb8, 0x90, 0x90, 0x90, 0xc3});
  EXPECT_FALSE(Explored(overlapping, je, overlapping.here()).ok);

  FakeProgram unreadable;
  const Address begin = unreadable.nop();
  EXPECT_FALSE(Explored(unreadable, begin, begin + 64, begin + 32).ok);
  EXPECT_FALSE(Explored(unreadable, begin, begin + (1 << 20)).ok) << "too large";
}

TEST(RangeRun, TooManyExitsAreStepped) {
  FakeProgram p;
  const Address begin = p.here();
  for (int i = 0; i < 100; ++i) p.raw({0x0f, 0x84, 0, 0x10, 0, 0});  // je, each to another place
  EXPECT_FALSE(Explored(p, begin, p.here()).ok);
}

}  // namespace
}  // namespace gdbhub::core
