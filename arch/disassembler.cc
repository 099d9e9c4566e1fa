#include "arch/disassembler.h"

#include <capstone/capstone.h>

#include <memory>

namespace gdbhub::arch {
namespace {

struct FreeInstruction {
  void operator()(cs_insn* one) const { cs_free(one, 1); }
};

}  // namespace

Disassembler::Disassembler() {
  static_assert(sizeof(csh) == sizeof(handle_));
  csh handle = 0;
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK) handle_ = handle;
}

Disassembler::~Disassembler() {
  csh handle = handle_;
  if (handle != 0) cs_close(&handle);
}

std::vector<Instruction> Disassembler::disassemble(ByteSpan code, Address address, std::size_t count) const {
  std::vector<Instruction> lines;
  if (handle_ == 0) {
    for (; !code.empty() && lines.size() < count; code = code.subspan(1), address = address + 1) {
      lines.push_back({address, 1, "(bad)"});
    }
    return lines;
  }
  const std::unique_ptr<cs_insn, FreeInstruction> one(cs_malloc(handle_));
  const Byte* at = code.data();
  std::size_t left = code.size();
  while (left != 0 && lines.size() < count) {
    std::uint64_t pc = address.value;
    if (cs_disasm_iter(handle_, &at, &left, &pc, one.get())) {
      std::string text(one->mnemonic);
      if (one->op_str[0] != '\0') text.append(" ").append(one->op_str);
      lines.push_back({address, one->size, std::move(text)});
    } else {
      lines.push_back({address, 1, "(bad)"});
      ++at;
      --left;
    }
    address = address + lines.back().length;
  }
  return lines;
}

}  // namespace gdbhub::arch
