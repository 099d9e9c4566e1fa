#include "arch/x86_isa.h"

#include <algorithm>
#include <array>

#include "arch/flow.h"
#include "arch/step_plan.h"
#include "arch/target_xml.h"

namespace gdbhub::arch {
namespace {

using Home = X86Register::Home;

constexpr std::array<Byte, 1> kTrap{0xcc};
constexpr std::array<Byte, 2> kSyscall{0x0f, 0x05};
constexpr unsigned kMaxInstructionLength = 15;
constexpr unsigned kFramePointer = 6;
constexpr unsigned kStackPointer = 7;
constexpr unsigned kPc = 16;

}  // namespace

X86Isa::X86Isa(const XsaveLayout& layout) : layout_(layout), registers_(x86_registers(layout)) {
  infos_.reserve(registers_.size());
  for (const X86Register& one : registers_) infos_.push_back(one.info);
  xml_ = arch::target_xml(infos_);
}

ByteSpan X86Isa::trap() const {
  return kTrap;
}
unsigned X86Isa::max_instruction_length() const {
  return kMaxInstructionLength;
}
ByteSpan X86Isa::syscall_instruction() const {
  return kSyscall;
}

StepPlan X86Isa::plan_step(ByteSpan code, Address pc, std::optional<Address> slot, const GeneralRegisters& registers,
                           const ReadMemory& read_memory) const {
  return arch::plan_step(code, pc, slot, registers, read_memory);
}

std::optional<Flow> X86Isa::flow(ByteSpan code, Address pc, const GeneralRegisters& registers) const {
  return arch::flow(code, pc, registers);
}

std::size_t X86Isa::register_bytes() const {
  return infos_.back().offset + infos_.back().bits / 8;
}

bool X86Isa::is_general(unsigned number) const {
  return number < registers_.size() && registers_[number].home == Home::General;
}

bool X86Isa::read(const RegisterState& state, unsigned number, MutableByteSpan to) const {
  if (number >= registers_.size() || to.size() > registers_[number].bytes()) return false;
  const X86Register& one = registers_[number];
  std::ranges::fill(to, Byte{0});
  switch (one.home) {
    case Home::General: {
      std::ranges::copy(bytes_of(state.general).subspan(one.offset, to.size()), to.begin());
      return true;
    }
    case Home::Xsave: {
      return layout_.read(state.extended, one.part, one.offset,
                          to.first(std::min<std::size_t>(one.stored, to.size())));
    }
    case Home::TagWord: {
      const std::optional<std::uint16_t> tags = read_tag_word(layout_, state.extended);
      if (!tags) return false;
      std::ranges::copy(bytes_of(*tags).first(std::min(sizeof *tags, to.size())), to.begin());
      return true;
    }
  }
  return false;
}

Result<> X86Isa::write(RegisterState& state, unsigned number, ByteSpan from) const {
  if (number >= registers_.size()) return Error{ErrorCode::InvalidArgument, 0, "There is no such register"};
  const X86Register& one = registers_[number];
  if (from.size() != one.bytes()) {
    return Error{ErrorCode::InvalidArgument, 0,
                 "The register " + std::string(one.info.name) + " has another size"};
  }
  bool written = true;
  switch (one.home) {
    case Home::General: {
      // The kernel keeps the short ones (eflags and the selectors) in eight bytes too.
      std::uint64_t value = 0;
      std::ranges::copy(from, writable_bytes_of(value).begin());
      store(writable_bytes_of(state.general).subspan(one.offset), value);
      break;
    }
    case Home::Xsave: {
      written = layout_.write(state.extended, one.part, one.offset, from.first(one.stored));
      break;
    }
    case Home::TagWord: {
      written = write_tag_word(layout_, state.extended, load<std::uint16_t>(from));
      break;
    }
  }
  if (written) return {};
  return Error{ErrorCode::Unsupported, 0,
               "The thread's state does not have the register " + std::string(one.info.name)};
}

std::vector<unsigned> X86Isa::expedited() const {
  return {kFramePointer, kStackPointer, kPc};
}

}  // namespace gdbhub::arch
