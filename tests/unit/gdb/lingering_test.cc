// Clients that are told in non-stop mode (A14), that come back (A39), and that can show why something was refused (A52).
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/gdb/packet_test.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

using Client = PacketClient;

std::string monitor(std::string_view command) { return "qRcmd," + rsp::to_hex(command); }

class Lingering : public PacketTest {
 protected:
  Lingering() { listen(program); }

  /// A client of host `home`.
  gdb::Admission from(const std::string& home, int port) const {
    return {.peer = home + ":" + std::to_string(port), .identity = home, .tracees = {pid}};
  }
  bool logged(std::string_view kind, std::string_view text) {
    for (const JournalEntry& entry : h.hub.journal().latest())
      if (entry.kind == kind && entry.text().find(text) != std::string::npos) return true;
    return false;
  }

  const FakeProgram program = counting();
};

TEST_F(Lingering, A39_WhoComesBackSeesTheStopThatItHadAndGoesOnWithItsBreakpoints) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  a->ask(breakpoint('Z', program.symbol("nop")));
  EXPECT_TRUE(is_stop(a->ask("vCont;c"), "05"));
  EXPECT_EQ(a->ask(monitor("linger 60")), "OK");
  const EngineId id = a->id();
  a.reset();
  idle();
  EXPECT_FALSE(runs(leader));
  EXPECT_EQ(h.hub.breakpoints().size(), 1u);

  Client stranger(h, from("elsewhere", 1));
  EXPECT_NE(stranger.id(), id);
  stranger.ask("?");
  stranger.say_packet("vCont;c");
  Client back(h, from("here", 2));
  EXPECT_EQ(back.id(), id);
  const std::string stop = back.ask("?");
  EXPECT_TRUE(is_stop(stop, "05")) << stop;
  EXPECT_NE(stop.find("swbreak:"), std::string::npos) << stop;
  back.ask(breakpoint('Z', program.symbol("nop")));
  EXPECT_TRUE(is_stop(back.ask("vCont;c"), "05"));
  EXPECT_NE(back.console().find("whose connection had dropped"), std::string::npos) << back.console();
  ASSERT_EQ(h.hub.breakpoints().size(), 1u);
  EXPECT_EQ(h.hub.breakpoints()[0].hits, 2u);
  EXPECT_TRUE(logged("lingers", "within 60 s"));
  EXPECT_TRUE(logged("took-over", "gdb#"));
}

TEST_F(Lingering, A39_WhoIsAwayWhenItsBreakpointIsHitIsToldWhenItAsks) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  a->ask(monitor("linger 60"));
  a->ask(breakpoint('Z', program.symbol("nop")));
  a->say_packet("vCont;s:" + thread_text(leader));
  a->answer();
  a->say_packet("vCont;c");
  a.reset();
  idle();
  EXPECT_FALSE(runs(leader)) << "it waits at the breakpoint";
  Client back(h, from("here", 2));
  EXPECT_FALSE(back.has_answer()) << "nothing unasked";
  const std::string stop = back.ask("?");
  EXPECT_NE(stop.find("swbreak:"), std::string::npos) << stop;
}

TEST_F(Lingering, A39_WhoComesBackWhileItsThreadsRunStopsThem) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  a->ask(monitor("linger 60"));
  a->say_packet("vCont;c");
  idle();
  a.reset();
  EXPECT_TRUE(runs(leader));
  Client back(h, from("here", 2));
  EXPECT_TRUE(is_stop(back.ask("?"), "05"));
  EXPECT_FALSE(runs(leader));
}

TEST_F(Lingering, A39_WhatTheNewClientDoesNotInsertGoesWithItsFirstResume) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  a->ask(monitor("linger 60"));
  a->ask(breakpoint('Z', program.symbol("nop")));
  a.reset();
  Client back(h, from("here", 2));
  back.ask("?");
  EXPECT_EQ(h.hub.breakpoints().size(), 1u);
  back.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(h.hub.breakpoints().empty());
}

TEST_F(Lingering, A39_WhoHasNotAskedOrHasDetachedOrIsLateIsGone) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  const EngineId first = a->id();
  a->ask(monitor("linger 60"));
  EXPECT_EQ(a->ask(monitor("linger off")), "OK");
  a.reset();
  auto b = std::make_unique<Client>(h, from("here", 2));
  EXPECT_NE(b->id(), first);
  const EngineId second = b->id();
  b->ask("?");
  b->ask(monitor("linger 5"));
  b.reset();
  h.advance(6s);
  Client c(h, from("here", 3));
  EXPECT_NE(c.id(), second);
}

TEST_F(Lingering, A39_ItIsRefusedWithAWordWhatCannotBe) {
  Client a(h, from("here", 1));
  for (const std::string_view wrong : {"linger", "linger x", "linger 1 x", "linger 99999999"}) EXPECT_EQ(a.ask(monitor(wrong)), "E01") << wrong;
  EXPECT_NE(a.console().find("linger SECONDS"), std::string::npos);
}

TEST_F(Lingering, A39_ANonStopClientGoesOnWithTheThreadThatHasStopped) {
  auto a = std::make_unique<Client>(h, from("here", 1));
  a->ask("?");
  a->ask(breakpoint('Z', program.symbol("nop")));
  a->ask("vCont;c");
  a->ask(monitor("linger 60"));
  a.reset();
  Client back(h, from("here", 2));
  back.ask("QNonStop:1");
  EXPECT_TRUE(is_stop(back.ask("?"), "05"));
  EXPECT_EQ(back.ask("vStopped"), "OK");
  EXPECT_EQ(back.ask("vCont;c"), "OK");
  EXPECT_TRUE(runs(leader));
}

// ---- A14 in non-stop -------------------------------------------------------------------------------------

TEST_F(Lingering, A14_WhoWaitsInNonStopSeesItInItsListOfThreadsAndWithItsNextCommand) {
  Client a(h, from("here", 1));
  a.ask("QNonStop:1");
  a.ask("?");
  a.ask("vStopped");
  Client b(h, from("elsewhere", 1));
  b.ask("?");
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  h.advance(3s);
  idle();
  EXPECT_FALSE(a.has_answer()) << "no packet that it does not wait for";
  EXPECT_EQ(a.console(), "");
  const std::string list = a.ask("qXfer:threads:read::0,1000");
  EXPECT_NE(list.find(">held by gdb"), std::string::npos) << list;
  EXPECT_NE(list.find(" s: "), std::string::npos) << list;
  a.ask(monitor("clients"));
  EXPECT_NE(a.console().find("earlier: thread " + std::to_string(leader.value) + " is held by gdb#"), std::string::npos) << a.console();
  EXPECT_TRUE(logged("kept-waiting", "waits for gdb#"));
  b.say_packet("vCont;c");
  idle();
  EXPECT_EQ(a.ask("qXfer:threads:read::0,1000").find("held by"), std::string::npos);
}

// ---- A52 -----------------------------------------------------------------------------------------------------

TEST_F(Lingering, A52_WhereTheClientShowsTextsTheReasonIsInTheError) {
  Client plain(h, from("here", 1));
  plain.ask("?");
  Client gdb16(h, from("elsewhere", 1), "multiprocess+;swbreak+;vContSupported+;error-message+");
  gdb16.ask("?");
  Client lldb(h, from("there", 1));
  EXPECT_EQ(lldb.ask("QEnableErrorStrings"), "OK");
  lldb.ask("?");
  const std::string kill = "vKill;" + hex(static_cast<std::uint64_t>(pid.value));
  EXPECT_EQ(lldb.ask(kill).substr(0, 4), "E01;");
  EXPECT_NE(rsp::text_from_hex(lldb.ask(kill).substr(4)).value_or("").find("belongs to"), std::string::npos);
  const std::string refused = gdb16.ask(kill);
  EXPECT_TRUE(refused.starts_with("E.process ")) << refused;
  EXPECT_NE(refused.find("belongs to gdb 2 (here:1)"), std::string::npos) << "a # would end the packet: " << refused;
  EXPECT_EQ(gdb16.ask("m0,8").substr(0, 1), "E");
  EXPECT_EQ(plain.ask("M0,1:00"), "E01");
  EXPECT_TRUE(gdb16.ask("M0,1:00").starts_with("E.cannot access memory"));
}

// ---- A35 -----------------------------------------------------------------------------------------------------

TEST_F(PacketTest, A35_StepsInLineAreShownWithTheBreakpoint) {
  FakeProgram p = beyond_entry();
  const auto handler = p.new_label();
  p.set_handler(SIGTRAP, handler, SA_NODEFER);
  const auto work = p.label();
  const Address trap = p.int3();
  p.inc(Reg::Rbx);
  p.jmp(work);
  p.bind(handler);
  p.ret();
  listen(p);
  Client a(h, admission());
  a.ask("?");
  a.ask("QPassSignals:5");
  TestEngine counter(h.hub, "counter");
  counter.attach(pid, {});
  counter.answer = [](const Event&) { return Verdict::keep(); };
  counter.insert(pid, trap);
  a.say_packet("vCont;c");
  wait_reports(counter, 5);
  a.interrupt();
  a.answer();
  a.ask(monitor("breakpoints"));
  EXPECT_NE(a.console().find("counter#"), std::string::npos) << a.console();
  EXPECT_NE(a.console().find("all threads were stopped "), std::string::npos) << a.console();
  EXPECT_NE(a.console().find(" times to step over it"), std::string::npos) << a.console();
}

}  // namespace
}  // namespace gdbhub::test
