// The Isa of x86-64 Linux, with the registers of a given machine.
#pragma once

#include <string>
#include <vector>

#include "arch/x86_debug_registers.h"
#include "arch/x86_registers.h"
#include "arch/xsave.h"
#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// x86-64. Immutable after construction, so it may be shared by threads.
class X86Isa final : public Isa {
 public:
  explicit X86Isa(const XsaveLayout& layout = XsaveLayout::of_this_cpu());

  ByteSpan trap() const override;
  unsigned max_instruction_length() const override;
  /// See arch/step_plan.h.
  StepPlan plan_step(ByteSpan code, Address pc, std::optional<Address> slot, const GeneralRegisters& registers,
                     const ReadMemory& read) const override;
  /// See arch/flow.h.
  std::optional<Flow> flow(ByteSpan code, Address pc, const GeneralRegisters& registers) const override;
  ByteSpan syscall_instruction() const override;

  std::vector<HardwarePoint> split_hardware(const HardwarePoint& point) const override {
    return split_for_debug_registers(point);
  }
  std::uint64_t debug_control(std::span<const std::optional<HardwarePoint>> points) const override {
    return debug_control_register(points);
  }

  const std::vector<RegisterInfo>& registers() const override { return infos_; }
  std::size_t register_bytes() const override;
  bool is_general(unsigned number) const override;
  /// `to` may be shorter than the register (its low bytes) but not longer.
  bool read(const RegisterState& state, unsigned number, MutableByteSpan to) const override;
  /// `from` must have the register's size: InvalidArgument otherwise. Unsupported when `state` lacks the
  /// register.
  Result<> write(RegisterState& state, unsigned number, ByteSpan from) const override;
  const std::string& target_xml() const override { return xml_; }
  std::vector<unsigned> expedited() const override;

  /// How the extended state is laid out.
  const XsaveLayout& layout() const { return layout_; }

 private:
  XsaveLayout layout_;
  std::vector<X86Register> registers_;
  std::vector<RegisterInfo> infos_;
  std::string xml_;
};

}  // namespace gdbhub::arch
