// Builds small programs of real x86-64 machine code, for the fake machine and (by elf_writer) for the real
// one.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"

namespace gdbhub::test {

/// General registers by their number in x86-64 encodings.
enum class Reg : Byte { Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15 };

/// A program: text (read, execute) at kTextBase, where it starts, and data (read, write) at kDataBase. A
/// value.
class FakeProgram {
 public:
  static constexpr Address kTextBase{0x401000};
  static constexpr Address kDataBase{0x410000};

  /// A place in the text; may be jumped to before it is bound.
  struct Label {
    std::size_t index = 0;
  };

  // -- places and names -----------------------------------------------------------------------------
  Label new_label();
  void bind(Label label);
  /// A label that is bound here.
  Label label();
  /// The address of a bound label.
  Address address_of(Label label) const;
  Address here() const { return kTextBase + text_.size(); }
  /// Names the next instruction, and returns its address.
  Address symbol(const std::string& name);
  /// The address behind a name; asserts that there is one.
  Address symbol(std::string_view name) const;
  const std::map<std::string, Address, std::less<>>& symbols() const { return symbols_; }

  // -- data -----------------------------------------------------------------------------------------
  /// Initialised data, aligned to 8 bytes.
  Address data(ByteSpan bytes, const std::string& name = {});
  Address quad(std::uint64_t value, const std::string& name = {}) { return data(bytes_of(value), name); }
  /// `size` zero bytes, aligned to 16; for a stack, use the end.
  Address space(std::size_t size, const std::string& name = {});

  // -- instructions; each returns its own address -------------------------------------------------------
  Address raw(std::initializer_list<Byte> bytes);
  Address nop() { return raw({0x90}); }
  Address long_nop() { return raw({0x0f, 0x1f, 0x44, 0x00, 0x00}); }
  Address int3() { return raw({0xcc}); }
  Address hlt() { return raw({0xf4}); }
  Address ud2() { return raw({0x0f, 0x0b}); }
  Address ret() { return raw({0xc3}); }
  Address syscall() { return raw({0x0f, 0x05}); }
  Address jmp(Label to) { return jump({0xe9}, to, 4); }
  Address short_jmp(Label to) { return jump({0xeb}, to, 1); }
  Address je(Label to) { return jump({0x74}, to, 1); }
  Address jne(Label to) { return jump({0x75}, to, 1); }
  Address call(Label to) { return jump({0xe8}, to, 4); }
  Address push(Reg from);
  Address pop(Reg to);
  /// Ten bytes; also takes addresses.
  Address mov_imm(Reg to, std::uint64_t value);
  Address mov_imm(Reg to, Address value) { return mov_imm(to, value.value); }
  /// Ten bytes: the address of a label, known when the program is finished.
  Address mov_address(Reg to, Label label);
  /// Five bytes (six for r8–r15).
  Address mov_imm32(Reg to, std::uint32_t value);
  Address mov(Reg to, Reg from);
  Address add(Reg to, std::int8_t value) { return group1(0, to, value); }
  Address sub(Reg to, std::int8_t value) { return group1(5, to, value); }
  Address cmp(Reg to, std::int8_t value) { return group1(7, to, value); }
  Address inc(Reg to);
  Address dec(Reg to);
  Address store(Address to, Reg from) { return rip_relative(0x89, from, to); }
  Address load(Reg to, Address from) { return rip_relative(0x8b, to, from); }

  // -- idioms; each returns the address of its syscall instruction (or of what the comment says) --------
  /// mov rax, number; syscall. The arguments are in registers already.
  Address call_kernel(long number);
  Address exit(int code);
  Address exit_group(int code);
  /// A thread that starts at `entry` with its stack ending at `stack_top`; the parent goes on with the tid in
  /// rax.
  Address clone_thread(Label entry, Address stack_top);
  /// Sets the handler of a signal, with a restorer, as rt_sigaction(2) wants it.
  Address set_handler(int signal, Label handler, std::uint64_t flags = 0);
  Address ignore(int signal);
  /// Loops until the quad at `flag` is not 0. Returns the loop's first instruction.
  Address wait_for(Address flag);
  /// The quad at `flag` := 1. Uses rax.
  Address set(Address flag);
  Address execve(const std::string& path);

  /// The finished image; every label used must be bound.
  Bytes text() const;
  Bytes data() const;

 private:
  struct Fixup {
    std::size_t at;
    std::size_t label;
    unsigned size;  ///< 1 and 4: relative to the end of the field; 8: absolute
  };

  Address jump(std::initializer_list<Byte> opcode, Label to, unsigned size);
  Address group1(unsigned operation, Reg to, std::int8_t value);
  Address rip_relative(Byte opcode, Reg reg, Address at);
  Address sigaction(int signal, Address structure);
  template <class Int>
  void append(Int value) {
    const ByteSpan bytes = bytes_of(value);
    text_.insert(text_.end(), bytes.begin(), bytes.end());
  }

  static constexpr std::size_t kUnbound = static_cast<std::size_t>(-1);

  Bytes text_;
  Bytes data_;
  std::vector<std::size_t> labels_;  ///< offsets into the text
  std::vector<Fixup> fixups_;
  std::vector<std::pair<std::size_t, std::size_t>>
      data_labels_;  ///< quads in the data that hold a label's address
  std::map<std::string, Address, std::less<>> symbols_;
};

}  // namespace gdbhub::test
