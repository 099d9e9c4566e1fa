// The table of breakpoints as it grows, without a kernel.
#include <benchmark/benchmark.h>

#include <cstring>

#include "arch/x86_isa.h"
#include "engines/core/address_space.h"

namespace gdbhub::bench {
namespace {

/// Memory of our own. All of it may be written.
class PlainMemory final : public TraceeMemory {
 public:
  explicit PlainMemory(std::size_t size) : bytes_(size, Byte{0x90}) {}
  std::size_t read(Address from, MutableByteSpan to) const override {
    std::memcpy(to.data(), bytes_.data() + from.value, to.size());
    return to.size();
  }
  std::size_t write(Address to, ByteSpan from) override {
    std::memcpy(bytes_.data() + to.value, from.data(), from.size());
    return from.size();
  }

 private:
  Bytes bytes_;
};

constexpr std::uint64_t kDistance = 64;  // from one breakpoint to the next
constexpr EngineId kOwner{1};

class Table {
 public:
  explicit Table(std::int64_t size)
      : count_(static_cast<std::uint64_t>(size)),
        space_(std::make_unique<PlainMemory>((count_ + 2) * kDistance), isa_) {
    for (std::uint64_t i = 0; i < count_; ++i) (void)space_.claim(kOwner, {i * kDistance});
  }
  core::AddressSpace& space() { return space_; }
  /// Walks over all of them, not in their order.
  Address next() { return {(at_ = (at_ + 7919) % count_) * kDistance}; }
  Address unused() const { return {(count_ + 1) * kDistance}; }

 private:
  arch::X86Isa isa_;
  std::uint64_t count_;
  std::uint64_t at_ = 0;
  core::AddressSpace space_;
};

void insert_and_remove(benchmark::State& state) {
  Table table(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.space().claim(kOwner, table.unused()));
    table.space().unclaim(kOwner, table.unused());
  }
}
BENCHMARK(insert_and_remove)->Arg(1)->Arg(100)->Arg(10'000);

void look_up_a_hit(benchmark::State& state) {
  Table table(state.range(0));
  for (auto _ : state) {
    core::Site* site = table.space().site(table.next());
    benchmark::DoNotOptimize(site->claim_of(kOwner));
  }
}
BENCHMARK(look_up_a_hit)->Arg(1)->Arg(100)->Arg(10'000);

void read_4k_under_the_traps(benchmark::State& state) {
  Table table(state.range(0));
  Bytes to(std::min<std::size_t>(4096, static_cast<std::size_t>(state.range(0)) * kDistance));
  for (auto _ : state) benchmark::DoNotOptimize(table.space().read({0}, to));
}
BENCHMARK(read_4k_under_the_traps)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace gdbhub::bench
