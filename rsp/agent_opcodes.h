// The instructions of agent expressions: their numbers, operands and effects on the stack.
#pragma once

#include "gdbhub/bytes.h"

namespace gdbhub::rsp {

/// Numbers as in GDB's manual, "Bytecode Descriptions".
enum class AgentOpcode : Byte {
  Float = 0x01,
  Add = 0x02,
  Sub = 0x03,
  Mul = 0x04,
  DivSigned = 0x05,
  DivUnsigned = 0x06,
  RemSigned = 0x07,
  RemUnsigned = 0x08,
  ShiftLeft = 0x09,
  ShiftRightSigned = 0x0a,
  ShiftRightUnsigned = 0x0b,
  Trace = 0x0c,
  TraceQuick = 0x0d,
  LogNot = 0x0e,
  BitAnd = 0x0f,
  BitOr = 0x10,
  BitXor = 0x11,
  BitNot = 0x12,
  Equal = 0x13,
  LessSigned = 0x14,
  LessUnsigned = 0x15,
  SignExtend = 0x16,
  Ref8 = 0x17,
  Ref16 = 0x18,
  Ref32 = 0x19,
  Ref64 = 0x1a,
  RefFloat = 0x1b,
  RefDouble = 0x1c,
  RefLongDouble = 0x1d,
  LongToDouble = 0x1e,
  DoubleToLong = 0x1f,
  IfGoto = 0x20,
  Goto = 0x21,
  Const8 = 0x22,
  Const16 = 0x23,
  Const32 = 0x24,
  Const64 = 0x25,
  Register = 0x26,
  End = 0x27,
  Dup = 0x28,
  Pop = 0x29,
  ZeroExtend = 0x2a,
  Swap = 0x2b,
  GetVariable = 0x2c,
  SetVariable = 0x2d,
  TraceVariable = 0x2e,
  TraceString = 0x2f,
  Trace16 = 0x30,
  Pick = 0x32,
  Rotate = 0x33,
  Printf = 0x34,
};

struct AgentOpcodeInfo {
  AgentOpcode opcode;
  Byte operand_bytes;  ///< big-endian, behind the opcode; printf's format comes behind that
  Byte pops;           ///< printf and pick also need what their operands say
  Byte pushes;
  bool supported = true;
};

/// Null for a number that is no instruction.
const AgentOpcodeInfo* find_agent_opcode(Byte number);

}  // namespace gdbhub::rsp
