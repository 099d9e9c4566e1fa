// What the `$names` of a logpoint's expressions stand for, in a thread that has just hit it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "expr/expression.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// The general registers by their names ($rax, $rip, $eflags …), $pc $sp $fp, $arg1 … $arg6 and $ret by the
/// System V ABI (at a function's first instruction, and behind a call), $tid, $pid, $hits, and $thread, the
/// thread's name.
expr::FindVariable variables_of(const Isa& isa);

/// A thread of which an engine is just being told (A3). Registers and the name are fetched when they are
/// first needed.
class ThreadContext final : public expr::Context {
 public:
  /// Nothing is owned.
  ThreadContext(Hub& hub, EngineId engine, const Event& event, std::uint64_t hits)
      : hub_(hub), engine_(engine), event_(event), hits_(hits) {}

  Result<expr::Value> variable(unsigned number) override;
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    return hub_.read_memory(engine_, event_.pid, from, to).value_or(0);
  }
  /// A general register by its number in the Isa, zero-extended.
  Result<std::uint64_t> register_value(unsigned number);
  /// The n-th (1 … 6) integer argument, at a function's first instruction.
  Result<std::uint64_t> argument(unsigned number);

 private:
  Hub& hub_;
  EngineId engine_;
  const Event& event_;
  std::uint64_t hits_;
  std::optional<RegisterState> registers_;
};

}  // namespace gdbhub::log
