// Bytes to frames, and packets from their bytes to the bytes of the answer (on the fake kernel, without sockets).
#include <benchmark/benchmark.h>

#include "engines/gdb/gdb_engine.h"
#include "rsp/framing.h"
#include "rsp/hex.h"
#include "tests/support/silent_surroundings.h"
#include "tests/unit/core/core_test.h"

namespace gdbhub::bench {
namespace {

std::string framed(std::string_view payload) {
  std::string frame;
  rsp::append_frame(frame, '$', payload);
  return frame;
}

void frame_and_unframe(benchmark::State& state) {
  const std::string bytes = framed(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  rsp::Framer framer;
  for (auto _ : state) {
    framer.push(bytes);
    benchmark::DoNotOptimize(framer.next());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(frame_and_unframe)->Arg(8)->Arg(4096)->Arg(1 << 20);

void hex_both_ways(benchmark::State& state) {
  const Bytes bytes(static_cast<std::size_t>(state.range(0)), Byte{0xa5});
  for (auto _ : state) benchmark::DoNotOptimize(rsp::from_hex(rsp::to_hex(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hex_both_ways)->Arg(4096)->Arg(1 << 20);

/// Only counts what the engine says.
class Listener final : public test::SilentSurroundings {
 public:
  void send(std::string bytes) override { sent_ += bytes.size(); }
  std::size_t sent() const { return sent_; }

 private:
  std::size_t sent_ = 0;
};

void answer(benchmark::State& state, const char* request) {
  test::CoreHarness world;
  const Pid pid = world.start(test::counting());
  Listener listener;
  gdb::GdbEngine engine(world.hub, listener, {.peer = "bench", .tracees = {}});
  engine.receive(framed("QStartNoAckMode"));
  engine.receive(framed("!"));
  std::string attach = "vAttach;";
  rsp::append_hex_number(attach, static_cast<std::uint64_t>(pid.value));
  const std::size_t before = listener.sent();
  engine.receive(framed(attach));
  world.until([&] { return listener.sent() > before; });
  const std::string bytes = framed(request);
  const std::size_t sent = listener.sent();
  for (auto _ : state) engine.receive(bytes);
  if (listener.sent() == sent) state.SkipWithError("no answer");
}
BENCHMARK_CAPTURE(answer, qC, "qC");
BENCHMARK_CAPTURE(answer, g, "g");
BENCHMARK_CAPTURE(answer, m8, "m400000,8");
BENCHMARK_CAPTURE(answer, monitor, "qRcmd,686f6c6473");
BENCHMARK_CAPTURE(answer, unknown, "qThereIsNoSuchPacket");

}  // namespace
}  // namespace gdbhub::bench
