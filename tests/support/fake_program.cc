#include "tests/support/fake_program.h"

#include <sched.h>
#include <sys/syscall.h>

#include <cassert>

namespace gdbhub::test {
namespace {

constexpr Byte low_bits(Reg reg) {
  return static_cast<Byte>(reg) & 7;
}
constexpr bool is_extended(Reg reg) {
  return static_cast<Byte>(reg) >= 8;
}
/// A REX prefix for 64-bit operands.
constexpr Byte rex_w(Reg reg, Reg rm) {
  return static_cast<Byte>(0x48 | (is_extended(reg) ? 4 : 0) | (is_extended(rm) ? 1 : 0));
}
constexpr Byte modrm_registers(unsigned reg, Reg rm) {
  return static_cast<Byte>(0xc0 | reg << 3 | low_bits(rm));
}

}  // namespace

FakeProgram::Label FakeProgram::new_label() {
  labels_.push_back(kUnbound);
  return {labels_.size() - 1};
}

void FakeProgram::bind(Label label) {
  labels_[label.index] = text_.size();
}

FakeProgram::Label FakeProgram::label() {
  const Label result = new_label();
  bind(result);
  return result;
}

Address FakeProgram::address_of(Label label) const {
  assert(labels_[label.index] != kUnbound);
  return kTextBase + labels_[label.index];
}

Address FakeProgram::symbol(const std::string& name) {
  symbols_[name] = here();
  return here();
}

Address FakeProgram::symbol(std::string_view name) const {
  const auto found = symbols_.find(name);
  assert(found != symbols_.end());
  return found->second;
}

Address FakeProgram::data(ByteSpan bytes, const std::string& name) {
  data_.resize((data_.size() + 7) / 8 * 8);
  const Address at = kDataBase + data_.size();
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  if (!name.empty()) symbols_[name] = at;
  return at;
}

Address FakeProgram::space(std::size_t size, const std::string& name) {
  data_.resize((data_.size() + 15) / 16 * 16);
  return data(Bytes(size), name);
}

Address FakeProgram::raw(std::initializer_list<Byte> bytes) {
  const Address at = here();
  text_.insert(text_.end(), bytes.begin(), bytes.end());
  return at;
}

Address FakeProgram::jump(std::initializer_list<Byte> opcode, Label to, unsigned size) {
  const Address at = raw(opcode);
  fixups_.push_back({text_.size(), to.index, size});
  text_.resize(text_.size() + size);
  return at;
}

Address FakeProgram::push(Reg from) {
  const auto opcode = static_cast<Byte>(0x50 | low_bits(from));
  return is_extended(from) ? raw({0x41, opcode}) : raw({opcode});
}

Address FakeProgram::pop(Reg to) {
  const auto opcode = static_cast<Byte>(0x58 | low_bits(to));
  return is_extended(to) ? raw({0x41, opcode}) : raw({opcode});
}

Address FakeProgram::mov_imm(Reg to, std::uint64_t value) {
  const Address at = raw({rex_w(Reg::Rax, to), static_cast<Byte>(0xb8 | low_bits(to))});
  append(value);
  return at;
}

Address FakeProgram::mov_address(Reg to, Label label) {
  return jump({rex_w(Reg::Rax, to), static_cast<Byte>(0xb8 | low_bits(to))}, label, 8);
}

Address FakeProgram::mov_imm32(Reg to, std::uint32_t value) {
  const auto opcode = static_cast<Byte>(0xb8 | low_bits(to));
  const Address at = is_extended(to) ? raw({0x41, opcode}) : raw({opcode});
  append(value);
  return at;
}

Address FakeProgram::mov(Reg to, Reg from) {
  return raw({rex_w(from, to), 0x89, modrm_registers(low_bits(from), to)});
}

Address FakeProgram::group1(unsigned operation, Reg to, std::int8_t value) {
  return raw({rex_w(Reg::Rax, to), 0x83, modrm_registers(operation, to), static_cast<Byte>(value)});
}

Address FakeProgram::inc(Reg to) {
  return raw({rex_w(Reg::Rax, to), 0xff, modrm_registers(0, to)});
}
Address FakeProgram::dec(Reg to) {
  return raw({rex_w(Reg::Rax, to), 0xff, modrm_registers(1, to)});
}

Address FakeProgram::rip_relative(Byte opcode, Reg reg, Address at) {
  const Address start = raw({rex_w(reg, Reg::Rax), opcode, static_cast<Byte>(low_bits(reg) << 3 | 5)});
  append(static_cast<std::int32_t>(at - (start + 7)));
  return start;
}

Address FakeProgram::call_kernel(long number) {
  mov_imm32(Reg::Rax, static_cast<std::uint32_t>(number));
  return syscall();
}

Address FakeProgram::exit(int code) {
  mov_imm32(Reg::Rdi, static_cast<std::uint32_t>(code));
  return call_kernel(SYS_exit);
}

Address FakeProgram::exit_group(int code) {
  mov_imm32(Reg::Rdi, static_cast<std::uint32_t>(code));
  return call_kernel(SYS_exit_group);
}

Address FakeProgram::clone_thread(Label entry, Address stack_top) {
  constexpr std::uint64_t kFlags =
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  mov_imm(Reg::Rdi, kFlags);
  mov_imm(Reg::Rsi, stack_top);
  mov_imm32(Reg::Rdx, 0);
  mov_imm32(Reg::R10, 0);
  mov_imm32(Reg::R8, 0);
  const Address at = call_kernel(SYS_clone);
  const Label parent = new_label();
  cmp(Reg::Rax, 0);
  jne(parent);
  jmp(entry);
  bind(parent);
  return at;
}

Address FakeProgram::sigaction(int signal, Address structure) {
  mov_imm32(Reg::Rdi, static_cast<std::uint32_t>(signal));
  mov_imm(Reg::Rsi, structure);
  mov_imm32(Reg::Rdx, 0);
  mov_imm32(Reg::R10, 8);
  return call_kernel(SYS_rt_sigaction);
}

Address FakeProgram::set_handler(int signal, Label handler, std::uint64_t flags) {
  const Label past = new_label();
  jmp(past);
  const Label restorer = label();
  call_kernel(SYS_rt_sigreturn);
  bind(past);
  constexpr std::uint64_t kRestorerFlag = 0x04000000;  // SA_RESTORER
  const std::uint64_t structure[4] = {0, kRestorerFlag | flags, 0, 0};
  const Address at = data(bytes_of(structure));
  const std::size_t offset = at - kDataBase;
  data_labels_.emplace_back(offset, handler.index);
  data_labels_.emplace_back(offset + 16, restorer.index);
  return sigaction(signal, at);
}

Address FakeProgram::ignore(int signal) {
  const std::uint64_t structure[4] = {1, 0, 0, 0};
  return sigaction(signal, data(bytes_of(structure)));
}

Address FakeProgram::wait_for(Address flag) {
  const Label again = label();
  load(Reg::Rax, flag);
  cmp(Reg::Rax, 0);
  je(again);
  return address_of(again);
}

Address FakeProgram::set(Address flag) {
  mov_imm32(Reg::Rax, 1);
  return store(flag, Reg::Rax);
}

Address FakeProgram::execve(const std::string& path) {
  const Address text = data({reinterpret_cast<const Byte*>(path.c_str()), path.size() + 1});
  const std::uint64_t arguments[2] = {text.value, 0};
  const Address argv = data(bytes_of(arguments));
  mov_imm(Reg::Rdi, text);
  mov_imm(Reg::Rsi, argv);
  mov_imm32(Reg::Rdx, 0);
  return call_kernel(SYS_execve);
}

Bytes FakeProgram::text() const {
  Bytes result = text_;
  for (const Fixup& fixup : fixups_) {
    const Address target = address_of({fixup.label});
    const MutableByteSpan field = MutableByteSpan(result).subspan(fixup.at, fixup.size);
    const auto distance = static_cast<std::int64_t>(target - (kTextBase + fixup.at + fixup.size));
    if (fixup.size == 8) {
      gdbhub::store(field, target.value);
    } else if (fixup.size == 4) {
      gdbhub::store(field, static_cast<std::int32_t>(distance));
    } else {
      assert(distance >= -128 && distance <= 127);
      gdbhub::store(field, static_cast<std::int8_t>(distance));
    }
  }
  return result;
}

Bytes FakeProgram::data() const {
  Bytes result = data_;
  for (const auto& [offset, label] : data_labels_) {
    gdbhub::store(MutableByteSpan(result).subspan(offset), address_of({label}).value);
  }
  return result;
}

}  // namespace gdbhub::test
