#include "rsp/agent_opcodes.h"

#include <array>

namespace gdbhub::rsp {
namespace {

using enum AgentOpcode;

constexpr AgentOpcodeInfo kOpcodes[] = {
    {Float, 0, 0, 0, false},
    {Add, 0, 2, 1},
    {Sub, 0, 2, 1},
    {Mul, 0, 2, 1},
    {DivSigned, 0, 2, 1},
    {DivUnsigned, 0, 2, 1},
    {RemSigned, 0, 2, 1},
    {RemUnsigned, 0, 2, 1},
    {ShiftLeft, 0, 2, 1},
    {ShiftRightSigned, 0, 2, 1},
    {ShiftRightUnsigned, 0, 2, 1},
    {Trace, 0, 2, 0},
    {TraceQuick, 1, 1, 1},
    {LogNot, 0, 1, 1},
    {BitAnd, 0, 2, 1},
    {BitOr, 0, 2, 1},
    {BitXor, 0, 2, 1},
    {BitNot, 0, 1, 1},
    {Equal, 0, 2, 1},
    {LessSigned, 0, 2, 1},
    {LessUnsigned, 0, 2, 1},
    {SignExtend, 1, 1, 1},
    {Ref8, 0, 1, 1},
    {Ref16, 0, 1, 1},
    {Ref32, 0, 1, 1},
    {Ref64, 0, 1, 1},
    {RefFloat, 0, 1, 1, false},
    {RefDouble, 0, 1, 1, false},
    {RefLongDouble, 0, 1, 1, false},
    {LongToDouble, 0, 1, 1, false},
    {DoubleToLong, 0, 1, 1, false},
    {IfGoto, 2, 1, 0},
    {Goto, 2, 0, 0},
    {Const8, 1, 0, 1},
    {Const16, 2, 0, 1},
    {Const32, 4, 0, 1},
    {Const64, 8, 0, 1},
    {Register, 2, 0, 1},
    {End, 0, 0, 0},
    {Dup, 0, 1, 2},
    {Pop, 0, 1, 0},
    {ZeroExtend, 1, 1, 1},
    {Swap, 0, 2, 2},
    {GetVariable, 2, 0, 1, false},
    {SetVariable, 2, 1, 1, false},
    {TraceVariable, 2, 0, 0},
    {TraceString, 0, 2, 0},
    {Trace16, 2, 1, 1},
    {Pick, 1, 0, 1},
    {Rotate, 0, 3, 3},
    {Printf, 1, 2, 0},  // function and channel
};

constexpr auto make_index() {
  std::array<const AgentOpcodeInfo*, 256> index{};
  for (const AgentOpcodeInfo& info : kOpcodes) index[static_cast<Byte>(info.opcode)] = &info;
  return index;
}
constexpr auto kIndex = make_index();

}  // namespace

const AgentOpcodeInfo* find_agent_opcode(Byte number) {
  return kIndex[number];
}

}  // namespace gdbhub::rsp
