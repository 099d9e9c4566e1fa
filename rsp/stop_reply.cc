#include "rsp/stop_reply.h"

#include <array>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

void append_byte(std::string& to, int value) {
  const auto byte = static_cast<Byte>(value);
  append_hex(to, {&byte, 1});
}

std::string ended(char letter, int value, std::optional<Pid> process) {
  std::string text(1, letter);
  append_byte(text, value);
  if (process) {
    text += ";process:";
    append_hex_number(text, static_cast<unsigned>(process->value));
  }
  return text;
}

}  // namespace

StopReply::StopReply(int gdb_signal) : text_("T") {
  append_byte(text_, gdb_signal);
}

StopReply& StopReply::watchpoint(BreakpointType type, Address data) {
  // By type; the first two have no address to tell.
  static constexpr std::array<std::string_view, 5> kNames = {"swbreak", "hwbreak", "watch", "rwatch",
                                                             "awatch"};
  return number_field(kNames[static_cast<std::size_t>(type)], data.value);
}

StopReply& StopReply::exec(std::string_view path) {
  return field("exec", to_hex(path));
}

StopReply& StopReply::syscall_entry(std::uint64_t number) {
  return number_field("syscall_entry", number);
}

StopReply& StopReply::syscall_return(std::uint64_t number) {
  return number_field("syscall_return", number);
}

StopReply& StopReply::core(unsigned number) {
  return number_field("core", number);
}

StopReply& StopReply::register_value(unsigned number, ByteSpan value) {
  if (number < 0x10) text_ += '0';
  append_hex_number(text_, number);
  text_ += ':';
  append_hex(text_, value);
  text_ += ';';
  return *this;
}

StopReply& StopReply::field(std::string_view name, std::string_view value) {
  text_ += name;
  text_ += ':';
  text_ += value;
  text_ += ';';
  return *this;
}

StopReply& StopReply::number_field(std::string_view name, std::uint64_t value) {
  std::string digits;
  append_hex_number(digits, value);
  return field(name, digits);
}

std::string exited_reply(int exit_code, std::optional<Pid> process) {
  return ended('W', exit_code, process);
}

std::string killed_reply(int gdb_signal, std::optional<Pid> process) {
  return ended('X', gdb_signal, process);
}

std::string thread_exited_reply(int exit_code, std::string_view thread) {
  std::string text = ended('w', exit_code, std::nullopt);
  text += ';';
  text += thread;
  return text;
}

std::string no_resumed_reply() {
  return "N";
}

}  // namespace gdbhub::rsp
