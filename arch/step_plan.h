// How to get a thread past an instruction without executing it where it is.
//
// Decoded with Zydis, not with Capstone: Capstone 4 cannot decode AVX-512's mask instructions, of which
// glibc's string functions are full, and its handles must not be shared by threads; Zydis keeps no state.
// (The disassembler for people uses Capstone.) What Zydis cannot decode is not moved.
//
// What a caller has to know:
//  - A repeated string instruction (rep movsb …) is a copy like any other. One single-step does one
//  iteration, there as
//    here, and leaves the pc where it was: at the slot, which the usual rule turns into the original address.
//    The instruction is then not finished; it is planned and stepped again.
//  - A copy that faults leaves the pc at the slot, and for SIGILL, SIGFPE and SIGTRAP the kernel puts that pc
//  into
//    si_addr as well. An si_addr within the slot stands for the same place in the original.
//  - int 0x80 passes an argument in rcx. Only `syscall` sets rcx to the pc: mend rcx only where it holds slot
//  + length.
//  - Emulated calls and returns know nothing of a shadow stack (CET); see Linux's x86_Thread_features.
#pragma once

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// Isa::plan_step for x86-64. 32-bit code, and code that steps itself or checks alignment (TF, AC), is left
/// in line.
StepPlan plan_step(ByteSpan code, Address pc, std::optional<Address> slot, const GeneralRegisters& registers,
                   const ReadMemory& read);

}  // namespace gdbhub::arch
