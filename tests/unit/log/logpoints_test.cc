// Logpoints on the fake machine, beside debuggers.
#include "engines/log/logpoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "engines/log/event_sink.h"
#include "tests/unit/core/core_test.h"
#include "tests/unit/log/api_client.h"

namespace gdbhub::log {
namespace {

using nlohmann::json;
using test::FakeProgram;
using test::Reg;
using test::TestEngine;

/// Knows the symbols of one program, and answers when a test lets it.
class FakeSymbols final : public Symbols {
 public:
  void find(Pid, const MappedFile&, std::vector<CodeName> names, Found found) override {
    questions_.push_back([this, names = std::move(names), found = std::move(found)] {
      std::vector<std::vector<CodePlace>> all;
      for (const CodeName& name : names) {
        all.emplace_back();
        const auto known = symbols.find(name.name);
        if (known != symbols.end()) all.back().push_back({known->second + name.offset, name.name, {}, 0});
      }
      found(all);
    });
  }
  void answer() {
    while (!questions_.empty()) {
      const auto question = std::move(questions_.front());
      questions_.pop_front();
      question();
    }
  }
  std::map<std::string, Address, std::less<>> symbols;
  bool is_asked() const { return !questions_.empty(); }

 private:
  std::deque<std::function<void()>> questions_;
};

/// A client of the API: asks, and keeps what it is told.
class LogPeer {
 public:
  LogPeer(Hub& hub, Symbols& symbols, Role most = Role::Controller) : client_(hub, symbols, most) {
    ask("hello", {{"role", "controller"}, {"name", "log"}});
  }

  json ask(const std::string& method, json params) {
    client_.request(json{{"id", 1}, {"method", method}, {"params", std::move(params)}}.dump());
    (void)events();
    return std::exchange(answer_, {});
  }
  /// The logpoint's number, 0 when it is refused.
  int add(const std::string& at, json options = json::object()) {
    options["at"] = at;
    return ask("insert_logpoint", options).value("/result/id"_json_pointer, 0);
  }
  /// All events so far.
  const std::vector<json>& events() {
    for (json& message : client_.take()) {
      if (message.contains("method")) {
        events_.push_back(message["params"]);
      } else {
        answer_ = std::move(message);
      }
    }
    return events_;
  }
  /// The texts of all events of a kind.
  std::vector<std::string> texts(const std::string& kind) {
    std::vector<std::string> found;
    for (const json& event : events())
      if (event["kind"] == kind) found.push_back(event["text"]);
    return found;
  }
  void reads(bool does) { client_.unsent = does ? 0 : EventSink::kMaxUnsent + 1; }

 private:
  test::ApiClient client_;
  std::vector<json> events_;
  json answer_;
};

class LogpointsTest : public test::CoreTest {
 protected:
  std::string address(const FakeProgram& p, std::string_view name) { return "*" + std::to_string(p.symbol(name).value); }
  std::size_t logged(LogPeer& log) { return log.texts("log").size(); }
  void until_logged(LogPeer& log, std::size_t count) {
    ASSERT_TRUE(h.until([&] { return logged(log) >= count; })) << logged(log) << " of " << count;
  }
  /// A program that has a path, as all have outside of tests: what symbols are looked up by.
  void start_file(const FakeProgram& program) {
    h.kernel.add_program("/bin/work", program);
    pid = h.kernel.create_process("/bin/work");
    leader = leader_of(pid);
  }
  FakeSymbols symbols_;
};

TEST_F(LogpointsTest, A1_A23_EachHitIsALineAndNobodyIsEverHeld) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  ASSERT_EQ(log.ask("attach", {{"pid", pid.value}})["result"]["pids"], json::array({pid.value}));
  ASSERT_NE(log.add(address(p, "store") + ":\"%d of %d\", $rbx, $hits"), 0);
  bool held = false;
  h.kernel.set_on_run([&](Tid) { held = held || !h.hub.holds().empty(); });
  until_logged(log, 5);
  h.kernel.set_on_run({});
  EXPECT_FALSE(held);
  const auto lines = log.texts("log");
  int first = std::stoi(lines[0]);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(lines[i], std::to_string(first + i) + " of " + std::to_string(i + 1)) << "each arrival once";
  for (const JournalEntry& entry : h.hub.journal().latest()) EXPECT_NE(entry.kind, "stopped");
}

TEST_F(LogpointsTest, A32_OtherThreadsAreNotStoppedForALine) {
  FakeProgram p = test::threads_looping(3);
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add(address(p, "inc"));
  until_logged(log, 3);
  const auto before = logged(log);
  ASSERT_TRUE(h.until([&] { return logged(log) >= before + 40; }));
  std::set<int> threads;
  for (const json& event : log.events())
    if (event["kind"] == "log") threads.insert(event["tid"].get<int>());
  EXPECT_EQ(threads.size(), 4u) << "all of them pass";
}

TEST_F(LogpointsTest, A31_ADebuggerAtTheSamePlaceGetsItsOwnHits) {
  const FakeProgram p = test::counting();
  start(p);
  TestEngine gdb(h.hub, "gdb");
  gdb.attach(pid);
  LogPeer log(h.hub, symbols_);
  log.add(address(p, "store") + " if $rbx % 2 == 0");
  gdb.insert(pid, p.symbol("store"));
  for (int i = 1; i <= 4; ++i) {
    wait_reports(gdb, static_cast<std::size_t>(i));
    EXPECT_EQ(gdb.pc(leader), p.symbol("store"));
    gdb.go(leader);
  }
  gdb.remove(pid, p.symbol("store"));
  const auto before = logged(log);
  until_logged(log, before + 3);
  EXPECT_EQ(gdb.reports.size(), 4u);
  gdb.disconnect();
}

TEST_F(LogpointsTest, A3_A4_RegistersAndMemoryAreThoseWithoutTraps) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add(address(p, "inc") + ", *(unsigned char*)$pc, $pc == " + std::to_string(p.symbol("inc").value), {{"args", 2}, {"registers", true}});
  until_logged(log, 1);
  const std::string text = log.texts("log")[0];
  EXPECT_EQ(text.find("=204"), std::string::npos) << text;
  EXPECT_NE(text.find("=72"), std::string::npos) << "REX.W of inc: " << text;
  EXPECT_TRUE(text.ends_with("=1")) << text;
  const json& event = *std::ranges::find(log.events(), "log", [](const json& one) { return one["kind"]; });
  EXPECT_EQ(event["args"].size(), 2u);
  EXPECT_TRUE(event["registers"].contains("rbx"));
}

TEST_F(LogpointsTest, WhatCannotBeReadIsSaid) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add(address(p, "inc") + ", *(int*)8");
  log.add(address(p, "store") + " if *(int*)8");
  until_logged(log, 2);
  for (const std::string& text : log.texts("log")) EXPECT_NE(text.find("Cannot read memory at 0x8"), std::string::npos) << text;
}

TEST_F(LogpointsTest, CountEndsALogpointAndItsTrapGoes) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  const int id = log.add(address(p, "store"), {{"count", 2}, {"every", 3}});
  ASSERT_TRUE(h.until([&] { return std::ranges::any_of(log.events(), [](const json& e) { return e.value("done", false); }); }));
  idle();
  EXPECT_EQ(logged(log), 2u);
  EXPECT_NE(raw(p.symbol("store")), test::kTrap);
  EXPECT_TRUE(log.ask("remove_logpoint", {{"id", id}}).contains("error"));
  std::vector<int> hits;
  for (const json& e : log.events())
    if (e["kind"] == "log") hits.push_back(e["hits"]);
  EXPECT_EQ(hits, (std::vector<int>{1, 4})) << "every third";
}

TEST_F(LogpointsTest, ALogpointCanBeListedAndRemoved) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  const int id = log.add(address(p, "store"));
  until_logged(log, 1);
  const json list = log.ask("list_logpoints", json::object())["result"]["logpoints"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["pids"], json::array({pid.value}));
  EXPECT_EQ(list[0]["at"], address(p, "store"));
  EXPECT_TRUE(log.ask("remove_logpoint", {{"id", id}}).contains("result"));
  EXPECT_NE(raw(p.symbol("store")), test::kTrap);
}

TEST_F(LogpointsTest, A26_WhenTheClientGoesSoDoItsTrapsAndItsOwnProcessIsLetGo) {
  const FakeProgram p = test::counting();
  start(p);
  {
    LogPeer log(h.hub, symbols_);
    log.ask("attach", {{"pid", pid.value}});
    log.add(address(p, "store"));
    until_logged(log, 1);
  }
  ASSERT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  EXPECT_NE(raw(p.symbol("store")), test::kTrap);
  EXPECT_TRUE(runs(leader));
}

TEST_F(LogpointsTest, A6_A28_ItNeitherOwnsNorKeepsTheProcessOfADebugger) {
  const FakeProgram p = test::counting();
  start(p);
  TestEngine gdb(h.hub, "gdb");
  gdb.attach(pid);
  LogPeer log(h.hub, symbols_);
  log.add(address(p, "store"));
  until_logged(log, 1);
  for (const EngineStatus& engine : h.hub.engines()) {
    EXPECT_EQ(engine.processes.size(), 1u);
    EXPECT_EQ(engine.controlled.size(), engine.info.kind == "log" ? 0u : 1u);
  }
  EXPECT_EQ(h.hub.processes()[0].owner, gdb.id());
  gdb.detach(pid);
  EXPECT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  gdb.disconnect();
}

TEST_F(LogpointsTest, A23_LinesThatAreNotReadAreCountedAndTheProgramRunsOn) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.reads(false);
  log.add(address(p, "store"));
  const auto before = h.quad(pid, p.symbol("count"));
  ASSERT_TRUE(h.until([&] { return h.quad(pid, p.symbol("count")) >= before + 10; }));
  EXPECT_EQ(logged(log), 0u);
  log.reads(true);
  h.advance(std::chrono::seconds(1));
  ASSERT_EQ(log.texts("gap").size(), 1u);
  until_logged(log, 2);
  const auto gap = std::ranges::find(log.events(), "gap", [](const json& e) { return e["kind"]; });
  EXPECT_GE((*gap)["dropped"].get<int>(), 9);
  EXPECT_EQ((*(gap + 1))["n"].get<int>(), (*gap)["n"].get<int>() + 1) << "the numbers show the gap, too";
}

// ---- symbols ---------------------------------------------------------------------------------------------

TEST_F(LogpointsTest, ADebuggersProcessDoesNotWaitForSymbols) {
  const FakeProgram p = test::counting();
  start_file(p);
  TestEngine gdb(h.hub, "gdb");
  gdb.attach(pid);
  LogPeer log(h.hub, symbols_);
  symbols_.symbols["store"] = p.symbol("store");
  ASSERT_NE(log.add("store, $rbx"), 0);
  ASSERT_TRUE(symbols_.is_asked()) << "the file is known";
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(log.texts("logpoint").empty());
  symbols_.answer();
  until_logged(log, 2);
  EXPECT_EQ(log.texts("logpoint").size(), 1u);
  EXPECT_TRUE(gdb.reports.empty());
  gdb.disconnect();
}

TEST_F(LogpointsTest, WhatIsNowhereIsPendingAndSaysSo) {
  const FakeProgram p = test::counting();
  start_file(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add("nowhere");
  ASSERT_TRUE(h.until([&] { return symbols_.is_asked(); }));
  symbols_.answer();
  ASSERT_EQ(log.texts("logpoint").size(), 1u);
  EXPECT_NE(log.texts("logpoint")[0].find("nowhere"), std::string::npos);
  EXPECT_TRUE(runs(leader));
}

TEST_F(LogpointsTest, AnAnswerAfterTheClientHasGoneIsNothing) {
  const FakeProgram p = test::counting();
  start_file(p);
  {
    LogPeer log(h.hub, symbols_);
    log.ask("attach", {{"pid", pid.value}});
    log.add("store");
  }
  symbols_.answer();
  idle();
}

// ---- children and other programs --------------------------------------------------------------------------

/// Forks; the child goes through "child", the parent through "parent", both through "both", for ever.
FakeProgram forking() {
  FakeProgram p = test::beyond_entry();
  const auto child = p.new_label(), both = p.new_label();
  p.call_kernel(SYS_fork);
  p.cmp(Reg::Rax, 0);
  p.je(child);
  p.symbol("parent");
  p.nop();
  p.jmp(both);
  p.bind(child);
  p.symbol("child");
  p.nop();
  p.bind(both);
  p.symbol("both");
  p.inc(Reg::Rbx);
  p.jmp(both);
  return p;
}

TEST_F(LogpointsTest, A22_ChildrenAreLoggedFromTheirFirstInstructionAndNotHeld) {
  const FakeProgram p = forking();
  start(p);
  LogPeer log(h.hub, symbols_);
  ASSERT_TRUE(log.ask("attach", {{"pid", pid.value}}).contains("result"));
  log.add(address(p, "child") + ":\"child\"");
  log.add(address(p, "both") + ":\"both\"");
  ASSERT_TRUE(h.until([&] {
    std::set<int> pids;
    for (const json& e : log.events())
      if (e["kind"] == "log" && e["text"] == "both") pids.insert(e["pid"].get<int>());
    return pids.size() == 2;
  }));
  const auto lines = log.texts("log");
  EXPECT_EQ(std::ranges::count(lines, "child"), 1);
  EXPECT_TRUE(h.hub.holds().empty());
}

TEST_F(LogpointsTest, A22_AChildThatADebuggerLetsGoIsStillLogged) {
  const FakeProgram p = forking();
  start(p);
  TestEngine gdb(h.hub, "gdb");
  gdb.attach(pid, {.forks = true});
  LogPeer log(h.hub, symbols_);
  log.add(address(p, "both"));
  Pid child;
  gdb.answer = [&](const Event& event) {
    child = std::get<event::Forked>(event.detail).child;
    return Verdict::keep();
  };
  ASSERT_TRUE(h.until([&] { return child != Pid{}; }));
  gdb.detach(child);
  ASSERT_TRUE(h.until([&] {
    return std::ranges::count_if(log.events(), [&](const json& e) { return e["kind"] == "log" && e["pid"] == child.value; }) >= 3;
  }));
  gdb.disconnect();
}

TEST_F(LogpointsTest, A29_AfterAnExecItsOwnProgramWaitsUntilTheLogpointsAreInTheNewOne) {
  const FakeProgram next = test::counting();
  h.kernel.add_program("/bin/next", next);
  FakeProgram p = test::beyond_entry();
  p.symbol("before");
  p.nop();
  p.execve("/bin/next");
  start_file(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add("store, $rbx");
  ASSERT_TRUE(h.until([&] { return symbols_.is_asked(); })) << "the old program";
  symbols_.answer();
  symbols_.symbols["store"] = next.symbol("store");
  ASSERT_TRUE(h.until([&] { return symbols_.is_asked(); })) << "the new program";
  EXPECT_FALSE(runs(leader)) << "its first calls would be lost";
  symbols_.answer();
  until_logged(log, 1);
  ASSERT_EQ(log.texts("log")[0], "store $rbx=1") << "the first one";
}

TEST_F(LogpointsTest, SymbolsThatNeverComeHoldTheProgramForSecondsOnly) {
  const FakeProgram next = test::counting();
  h.kernel.add_program("/bin/next", next);
  FakeProgram p = test::beyond_entry();
  p.execve("/bin/next");
  start_file(p);
  LogPeer log(h.hub, symbols_);
  log.ask("attach", {{"pid", pid.value}});
  log.add("store");
  ASSERT_TRUE(h.until([&] { return symbols_.is_asked(); })) << "the old program";
  symbols_.answer();
  ASSERT_TRUE(h.until([&] { return symbols_.is_asked(); })) << "the new one";
  EXPECT_FALSE(runs(leader));
  h.advance(std::chrono::seconds(10));
  EXPECT_TRUE(runs(leader));
}

TEST_F(LogpointsTest, WaitAttachesToTheNextProcessOfThatName) {
  const FakeProgram p = test::counting();
  const Pid old = h.start(p);
  LogPeer log(h.hub, symbols_);
  ASSERT_TRUE(log.ask("wait", {{"name", "program2"}}).contains("result"));
  log.add(address(p, "store"));
  h.advance(std::chrono::seconds(1));
  EXPECT_TRUE(h.hub.processes().empty());
  start(p);
  h.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(log.texts("found").size(), 1u);
  until_logged(log, 1);
  EXPECT_FALSE(h.hub.process_of(leader_of(old)).has_value());
}

TEST_F(LogpointsTest, IntoAProcessThatWasAttachedNothingIsPutBeforeItHasStoppedOnce) {
  // It may be in the middle of an exec: what is written then is taken for the new program's own.
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_);
  log.add(address(p, "store"));
  log.ask("attach", {{"pid", pid.value}});
  (void)h.loop.run();
  EXPECT_TRUE(h.hub.breakpoints().empty());
  until_logged(log, 1);
  EXPECT_EQ(log.texts("log").size(), 1u);
}

TEST_F(LogpointsTest, A38_AnObserverAttachesToNothingButLogsWhatIsThere) {
  const FakeProgram p = test::counting();
  start(p);
  LogPeer log(h.hub, symbols_, Role::Observer);
  EXPECT_TRUE(log.ask("attach", {{"pid", pid.value}}).contains("error"));
  EXPECT_TRUE(log.ask("wait", {{"name", "x"}}).contains("error"));
  EXPECT_TRUE(log.ask("launch", {{"argv", {"x"}}}).contains("error"));
  TestEngine gdb(h.hub, "gdb");
  gdb.attach(pid);
  log.add(address(p, "store"));
  until_logged(log, 2);
  gdb.disconnect();
}

TEST_F(LogpointsTest, WrongRequestsAreRefused) {
  LogPeer log(h.hub, symbols_);
  EXPECT_EQ(log.add("work, $nope"), 0);
  EXPECT_EQ(log.add("work", {{"every", 0}}), 0);
  EXPECT_EQ(log.add("work", {{"count", -1}}), 0);
  EXPECT_EQ(log.add("work", {{"args", 7}}), 0);
  EXPECT_EQ(log.add("work", {{"registers", 1}}), 0);
  EXPECT_TRUE(log.ask("attach", json::object()).contains("error"));
  EXPECT_TRUE(log.ask("attach", {{"name", "nobody"}}).contains("error"));
  EXPECT_TRUE(log.ask("launch", {{"argv", json::array()}}).contains("error"));
  EXPECT_TRUE(log.ask("detach", {{"pid", 1}}).contains("error"));
  for (std::size_t i = 0; i < Logpoints::kMaxLogpoints; ++i) EXPECT_NE(log.add("work"), 0);
  EXPECT_EQ(log.add("work"), 0) << "one too many";
}

}  // namespace
}  // namespace gdbhub::log
