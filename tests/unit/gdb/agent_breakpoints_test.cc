// Conditions and commands of breakpoints, evaluated by the hub (A31, A22, A49, A4).
#include "tests/unit/gdb/packet_test.h"

namespace gdbhub::test {
namespace {

// Agent bytecode: 26 NNNN register (rbx is 1, rip 16), 22 NN constant, 13 equal, 17 a byte of memory, 11 divide, 27 end.
constexpr std::string_view when_rbx_is_5 = "X7,26000122051327";
constexpr std::string_view when_rbx_is_9 = "X7,26000122091327";
constexpr std::string_view always_false = "X3,220027";
constexpr std::string_view divides_by_zero = "X6,220122000527";
constexpr std::string_view uses_a_trace_variable = "X4,2c000127";
constexpr std::string_view jumps_nowhere = "X4,21ffff27";

/// printf("rbx %d\n", rbx)
std::string print_rbx() {
  const std::string format = "rbx %d\n" + std::string(1, '\0');
  std::string code = "260001" "2200" "2200" "3401" "0008" + rsp::to_hex(format) + "27";
  char length[32];
  std::snprintf(length, sizeof length, "X%zx,", code.size() / 2);
  return length + code;
}

class AgentBreakpoints : public PacketTest {
 protected:
  AgentBreakpoints() { listen(program); }

  std::string set(std::string_view lists) const { return breakpoint('Z', program.symbol("nop")) + ";" + std::string(lists); }
  std::uint64_t count() const { return h.quad(pid, program.symbol("count")); }
  bool logged(std::string_view kind, std::string_view text) {
    for (const JournalEntry& entry : h.hub.journal().latest())
      if (entry.kind == kind && entry.text().find(text) != std::string::npos) return true;
    return false;
  }

  const FakeProgram program = counting();
};

TEST_F(AgentBreakpoints, A31_OnlyAHitWhoseConditionIsTrueStops) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(when_rbx_is_5)), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_EQ(count(), 5u);
}

TEST_F(AgentBreakpoints, A31_AnyOfSeveralConditionsIsEnough) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(std::string(always_false) + std::string(when_rbx_is_9) + std::string(when_rbx_is_5))), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_EQ(count(), 5u);
}

TEST_F(AgentBreakpoints, A31_TheSameAddressAgainReplacesTheConditions) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(when_rbx_is_9)), "OK");
  EXPECT_EQ(a.ask(set(when_rbx_is_5)), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_EQ(count(), 5u);
  EXPECT_EQ(a.ask(breakpoint('Z', program.symbol("nop"))), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_EQ(count(), 5u) << "its own breakpoint at the pc of a resume hits (A12)";
}

TEST_F(AgentBreakpoints, A31_EachOwnerOfAnAddressHasConditionsOfItsOwn) {
  PacketClient a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  EXPECT_EQ(a.ask(set(when_rbx_is_5)), "OK");
  EXPECT_EQ(b.ask(set(when_rbx_is_9)), "OK");
  a.say_packet("vCont;c");
  b.say_packet("vCont;c");
  EXPECT_TRUE(is_stop(a.answer(), "05"));
  EXPECT_EQ(count(), 5u);
  a.say_packet("vCont;c");
  EXPECT_TRUE(is_stop(a.answer(), "05")) << "asked again at its resume (A12)";
  EXPECT_EQ(a.ask(breakpoint('z', program.symbol("nop"))), "OK");
  a.say_packet("vCont;c");
  EXPECT_TRUE(is_stop(b.answer(), "05"));
  EXPECT_EQ(count(), 9u);
  EXPECT_FALSE(a.has_answer());
}

TEST_F(AgentBreakpoints, ConditionsReadWhatTheProgramSeesAndNoTrap_A4) {
  PacketClient a(h, admission());
  a.ask("?");
  // *(unsigned char *) $pc == 0x90, where the trap stands.
  EXPECT_EQ(a.ask(set("X8,26001017" "2290" "1327")), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
}

TEST_F(AgentBreakpoints, AConditionThatFailsStopsAndTheReasonIsSaid_A52) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(divides_by_zero)), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_TRUE(logged("condition", "Division by zero"));
  EXPECT_NE(a.console().find("could not be evaluated: Division by zero"), std::string::npos) << a.console();
}

TEST_F(AgentBreakpoints, AConditionThatTheHubCannotEvaluateStopsEachTime) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(uses_a_trace_variable)), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_TRUE(logged("condition", "trace state variables"));
}

TEST_F(AgentBreakpoints, BrokenBytecodeIsRefusedAndNothingInserted) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(jumps_nowhere)), "E01");
  EXPECT_EQ(a.ask(set("X40,27")), "E01");
  EXPECT_TRUE(h.hub.breakpoints().empty());
  EXPECT_TRUE(logged("refused", "Broken agent expression"));
}

TEST_F(AgentBreakpoints, MoreExpressionsThanAHitMayTakeAreRefused) {
  PacketClient a(h, admission());
  a.ask("?");
  std::string many;
  for (std::size_t i = 0; i <= gdb::AgentBreakpoints::max_expressions; ++i) many += always_false;
  EXPECT_EQ(a.ask(set(many)), "E01");
  EXPECT_TRUE(h.hub.breakpoints().empty());
}

TEST_F(AgentBreakpoints, CommandsPrintToTheirOwnerAndTheLogAndDoNotStop) {
  PacketClient a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  EXPECT_EQ(a.ask(set(std::string(when_rbx_is_5) + ";cmds:0," + print_rbx())), "OK");
  a.say_packet("vCont;c");
  b.say_packet("vCont;c");
  ASSERT_TRUE(h.until([&] { return count() >= 7; }));
  EXPECT_FALSE(a.has_answer());
  EXPECT_EQ(a.console(), "rbx 5\n");
  EXPECT_EQ(b.console(), "");
  EXPECT_TRUE(logged("printf", "rbx 5"));
}

TEST_F(AgentBreakpoints, WhatIsPrintedInNonStopModeComesWithTheNextMonitorCommand) {
  PacketClient a(h, admission());
  EXPECT_EQ(a.ask("QNonStop:1"), "OK");
  EXPECT_TRUE(is_stop(a.ask("?"), "00"));
  EXPECT_EQ(a.ask("vStopped"), "OK");
  EXPECT_EQ(a.ask(set(std::string(when_rbx_is_5) + ";cmds:0," + print_rbx())), "OK");
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  ASSERT_TRUE(h.until([&] { return count() >= 7; }));
  EXPECT_EQ(a.console(), "");
  EXPECT_EQ(a.ask("qRcmd," + rsp::to_hex("clients")), "OK");
  EXPECT_TRUE(a.console().starts_with("rbx 5\n")) << a.console();
}

TEST_F(AgentBreakpoints, A49_AParkedBreakpointKeepsItsConditionAndLosesItWithTheNextResume) {
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask(set(always_false)), "OK");
  EXPECT_EQ(a.ask(breakpoint('z', program.symbol("nop"))), "OK");
  EXPECT_EQ(a.ask("vCont;s:" + thread_text(leader)).substr(0, 3), "T05");
  a.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(h.hub.breakpoints().empty());
}

TEST_F(AgentBreakpoints, HardwareBreakpointsHaveConditionsToo) {
  PacketClient a(h, admission());
  a.ask("?");
  std::string hardware = set(when_rbx_is_5);
  hardware[1] = '1';
  EXPECT_EQ(a.ask(hardware), "OK");
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
  EXPECT_EQ(count(), 5u);
}

}  // namespace
}  // namespace gdbhub::test
