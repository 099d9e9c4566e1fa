// A hub that shows what a test puts into it, and does nothing.
#pragma once

#include "gdbhub/hub.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/virtual_loop.h"

namespace gdbhub::test {

class StubHub final : public Hub {
 public:
  std::vector<ProcessStatus> processes_;
  std::vector<Tid> threads_;
  std::vector<Hold> holds_;
  std::vector<EngineStatus> engines_;
  std::vector<EngineInfo> connected_;
  std::vector<EngineId> disconnected_;
  VirtualLoop loop_;
  Journal journal_;
  Traffic traffic_;

  EngineId connect(Engine&, EngineInfo info) override {
    connected_.push_back(std::move(info));
    return EngineId{7};
  }
  void disconnect(EngineId engine) override {
    disconnected_.push_back(engine);
    journal_.write(engine, {}, {}, "disconnected", "");
  }
  std::vector<ProcessStatus> processes() const override { return processes_; }
  std::vector<Tid> threads(Pid) const override { return threads_; }
  std::vector<Hold> holds() const override { return holds_; }
  std::vector<EngineStatus> engines() const override { return engines_; }
  std::vector<Wait> waits() const override { return {}; }
  std::optional<Address> stopped_at(Tid) const override { return std::nullopt; }
  Result<> end_hold(EngineId, EngineId, Tid) override { return refuse(); }
  Result<> tell(EngineId, EngineId, std::string_view) override { return refuse(); }
  Result<> dismiss(EngineId, EngineId) override { return refuse(); }
  std::string name_of(EngineId engine) const override { return "gdb#" + std::to_string(engine.value); }
  Journal& journal() override { return journal_; }
  Traffic& traffic() override { return traffic_; }
  EventLoop& loop() override { return loop_; }
  Kernel& kernel() override { return kernel_; }

  // An observer that is attached to nothing has no business with the rest.
  using Hub::attach;
  Result<> attach(EngineId, Pid, EventSet, Exclusive) override { return refuse(); }
  void follow_all(EngineId, EventSet) override {}
  Result<std::string> configure(EngineId, std::string_view, Pid, std::string_view) override { return refuse(); }
  std::size_t request_release(EngineId, Pid) override { return 0; }
  Result<bool> request_release(EngineId, EngineId, Tid) override { return refuse(); }
  void linger(EngineId engine, Duration, std::function<void()>) override { disconnect(engine); }
  Result<EngineId> take_over(Engine&, EngineInfo) override { return refuse(); }
  void release_holds(EngineId, std::string_view) override {}
  void barrier(EngineId, std::function<void()> done) override { done(); }
  Result<Pid> launch(EngineId, const LaunchSpec&, EventSet) override { return refuse(); }
  Result<EndOfReports> detach(EngineId, Pid) override { return refuse(); }
  Result<> kill(EngineId, Pid, bool) override { return refuse(); }
  Result<EndOfReports> set_events(EngineId, Pid, EventSet) override { return refuse(); }
  std::optional<Pid> process_of(Tid) const override { return std::nullopt; }
  bool attached(EngineId, Pid) const override { return false; }
  Result<> control(EngineId, Tid, Action, const ControlOptions&) override { return refuse(); }
  bool held(EngineId, Tid) const override { return false; }
  Result<> send_signal(EngineId, Tid, int) override { return refuse(); }
  Result<RegisterState> registers(EngineId, Tid, bool) override { return refuse(); }
  Result<> set_registers(EngineId, Tid, const RegisterState&) override { return refuse(); }
  Result<siginfo_t> signal_info(EngineId, Tid) override { return refuse(); }
  Result<> set_signal_info(EngineId, Tid, const siginfo_t&) override { return refuse(); }
  Result<std::size_t> read_memory(EngineId, Pid, Address, MutableByteSpan) override { return refuse(); }
  Result<> write_memory(EngineId, Pid, Address, ByteSpan) override { return refuse(); }
  Result<> insert_breakpoint(EngineId, Pid, Address) override { return refuse(); }
  Result<> remove_breakpoint(EngineId, Pid, Address, bool) override { return refuse(); }
  Result<> insert_hardware(EngineId, Pid, const HardwarePoint&) override { return refuse(); }
  Result<> remove_hardware(EngineId, Pid, const HardwarePoint&, bool) override { return refuse(); }
  void drop_parked(EngineId, Pid) override {}
  std::vector<BreakpointInfo> breakpoints() const override { return {}; }
  StepOverCounts step_overs() const override { return {}; }
  const Isa& isa() const override { std::abort(); }

 private:
  static Error refuse() { return {ErrorCode::NotPermitted, 0, "a stub"}; }
  void begin() override {}
  void end() override {}

  FakeKernel kernel_;
};

}  // namespace gdbhub::test
