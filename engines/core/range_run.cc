#include "engines/core/range_run.h"

#include <vector>

namespace gdbhub::core {
namespace {

// A line of source has some hundred instructions at most; an exit costs two writes.
constexpr std::uint64_t most_bytes = 16384;
constexpr std::size_t most_exits = 64;

}  // namespace

bool RangeRun::explore(Address from, const Isa& isa, const GeneralRegisters& registers, const ReadMemory& read) {
  if (range_.size > most_bytes) return false;
  Bytes code(range_.size + isa.max_instruction_length());
  code.resize(read(range_.begin, code));
  std::vector<Address> to_follow{from};
  while (!to_follow.empty()) {
    const Address pc = to_follow.back();
    to_follow.pop_back();
    if (!range_.contains(pc)) {
      exits_.insert(pc);
      continue;
    }
    if (lengths_.contains(pc)) continue;
    const std::uint64_t offset = pc - range_.begin;
    const auto flow = offset < code.size() ? isa.flow(ByteSpan(code).subspan(offset), pc, registers) : std::nullopt;
    if (!flow) return false;
    lengths_.emplace(pc, flow->length);
    if (flow->leaves) exits_.insert(pc);
    if (flow->falls_through) to_follow.push_back(pc + flow->length);
    if (flow->target) to_follow.push_back(*flow->target);
  }
  return exits_.size() <= most_exits && !overlap();
}

bool RangeRun::overlap() const {
  // A trap in the middle of an instruction would change it.
  Address end{};
  for (const auto& [at, length] : lengths_) {
    if (at < end) return true;
    end = at + length;
  }
  return false;
}

}  // namespace gdbhub::core
