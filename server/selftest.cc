#include "server/selftest.h"

#include <algorithm>
#include <string>

#include "arch/spawn.h"
#include "arch/x86_isa.h"
#include "rsp/framing.h"
#include "rsp/hex.h"
#include "rsp/thread_id.h"
#include "rsp/vcont.h"

namespace gdbhub::net {
namespace {

/// What is wrong; empty: nothing.
using Failure = std::string;

Failure expect(bool holds, std::string_view what) { return holds ? Failure() : Failure(what); }

Failure all_of(std::initializer_list<Failure> failures) {
  for (const Failure& failure : failures)
    if (!failure.empty()) return failure;
  return {};
}

// ---- the remote protocol ---------------------------------------------------------------------------------

Failure checksum() {
  std::string frame;
  rsp::append_frame(frame, '$', "OK");
  rsp::Framer framer;
  framer.push("$OK#9b");
  const auto damaged = framer.next();
  return all_of({expect(frame == "$OK#9a", "the frame of OK is " + frame),
                 expect(damaged && std::holds_alternative<rsp::BadChecksum>(*damaged), "a wrong sum was not noticed")});
}

Failure framing_in_any_portions() {
  const std::string stream = "+$qC#b4-\x03$m10,4#2e";
  for (std::size_t portion = 1; portion <= stream.size(); ++portion) {
    rsp::Framer framer;
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += portion) {
      framer.push(std::string_view(stream).substr(at, portion));
      while (const auto frame = framer.next()) {
        if (const auto* packet = std::get_if<rsp::Packet>(&*frame)) seen += "<" + packet->payload + ">";
        else seen += std::holds_alternative<rsp::Ack>(*frame) ? '+' : std::holds_alternative<rsp::Nack>(*frame) ? '-' : '!';
      }
    }
    if (seen != "+<qC>-!<m10,4>") return "in portions of " + std::to_string(portion) + ": " + seen;
  }
  return {};
}

Failure escapes() {
  Bytes all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<Byte>(byte));
  std::string escaped;
  rsp::append_escaped(escaped, all);
  return all_of({expect(escaped.size() == 256 + 4, "not exactly four bytes are escaped"),
                 expect(rsp::unescape(escaped) == all, "unescaped, the bytes are others"),
                 expect(!rsp::unescape("}"), "half an escape is taken"),
                 expect(rsp::from_hex(rsp::to_hex(all)) == all, "in hex and back, the bytes are others")});
}

Failure run_lengths() {
  return all_of({expect(rsp::run_length_encode("0000") == "0* ", "0000 is " + rsp::run_length_encode("0000")),
                 expect(rsp::run_length_encode("abc") == "abc", "abc changes")});
}

Failure thread_ids() {
  const auto one = rsp::ThreadPattern::parse("p1f.20");
  return all_of({expect(one && one->matches(Pid{0x1f}, Tid{0x20}) && !one->matches(Pid{0x1f}, Tid{0x21}), "p1f.20"),
                 expect(rsp::ThreadPattern::parse("-1").has_value(), "-1"),
                 expect(!rsp::ThreadPattern::parse("p-1.5"), "p-1.5 is taken"),
                 expect(rsp::format_thread(Pid{31}, Tid{32}, true) == "p1f.20", "31.32 is written wrongly")});
}

Failure vcont() {
  const auto items = rsp::parse_vcont(";s:p1.2;c");
  if (!items) return items.error().text;
  const auto* step = rsp::action_for(*items, Pid{1}, Tid{2});
  const auto* rest = rsp::action_for(*items, Pid{1}, Tid{3});
  return all_of({expect(step != nullptr && step->kind == rsp::ResumeItem::Kind::Step, "1.2 does not step"),
                 expect(rest != nullptr && rest->kind == rsp::ResumeItem::Kind::Continue, "1.3 does not continue"),
                 expect(!rsp::parse_vcont(";q"), "an unknown action is taken")});
}

// ---- the processor -----------------------------------------------------------------------------------------

const arch::X86Isa& isa() {
  static const arch::X86Isa the_isa;
  return the_isa;
}

StepPlan plan(const Bytes& code, GeneralRegisters registers = {}) {
  registers.cs = 0x33;  // 64-bit code
  return isa().plan_step(code, Address{0x1000}, Address{0x8000}, registers,
                         [](Address, MutableByteSpan to) {
                           std::fill(to.begin(), to.end(), Byte{0x11});
                           return to.size();
                         });
}

Failure step_plans() {
  GeneralRegisters registers{};
  registers.rip = 0x1000;
  registers.rsp = 0x7100;
  registers.rbp = 0x1234;
  const StepPlan nop = plan({0x90}), push = plan({0x55}, registers), call = plan({0xe8, 0x10, 0, 0, 0}, registers);
  const StepPlan move = plan({0x48, 0x89, 0xe5}, registers);               // mov %rsp,%rbp
  const StepPlan relative = plan({0x8b, 0x05, 0x10, 0, 0, 0}, registers);  // mov 0x10(%rip),%eax
  const auto* skipped = std::get_if<SkipInstruction>(&nop);
  const auto* moved = std::get_if<EmulatedInstruction>(&move);
  const auto* called = std::get_if<EmulatedInstruction>(&call);
  const auto* copied = std::get_if<CopiedInstruction>(&relative);
  return all_of(
      {expect(skipped != nullptr && skipped->length == 1, "nop is not skipped"),
       expect(moved != nullptr && moved->after.rbp == 0x7100 && !moved->write, "mov"),
       expect(std::holds_alternative<CopiedInstruction>(push), "push is not left to a copy"),
       expect(called != nullptr && called->after.rip == 0x1015 && called->write && called->write->value == 0x1005, "call"),
       expect(copied != nullptr && copied->code != Bytes{0x8b, 0x05, 0x10, 0, 0, 0}, "a relative operand is not relocated"),
       expect(std::holds_alternative<SyscallInstruction>(plan({0x0f, 0x05})), "syscall"),
       expect(std::holds_alternative<InlineOnly>(plan({0x06})), "what is no instruction is planned")});
}

Failure register_table() {
  RegisterState state;
  unsigned offset = 0;
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    const RegisterInfo& info = isa().registers()[number];
    const std::string name(info.name);
    if (info.offset != offset) return name + " is not where the one before it ends";
    offset += info.bits / 8;
    if (isa().target_xml().find("name=\"" + name + "\"") == std::string::npos) return name + " is not described";
    if (!isa().is_general(number) || info.group == "float" || info.group == "vector") continue;
    const Bytes value(info.bits / 8, static_cast<Byte>(number + 1));
    Bytes back(value.size());
    if (!isa().write(state, number, value) || !isa().read(state, number, back) || back != value)
      return name + " is not read as it was written";
  }
  return expect(offset == isa().register_bytes(), "the registers do not fill the g packet");
}

Failure debug_registers() {
  const HardwarePoint odd{HardwarePoint::Kind::Write, Address{0x1003}, 6};
  std::uint64_t covered = 0;
  for (const HardwarePoint& part : isa().split_hardware(odd)) {
    if (part.at.value % part.length != 0) return "a part is not aligned";
    covered += part.length;
  }
  return expect(covered == odd.length, "an unaligned watchpoint is not covered exactly");
}

// ---- starting programs -------------------------------------------------------------------------------------

Failure shell_quoting() {
  return all_of({expect(arch::quote_for_shell("plain-1.0") == "plain-1.0", "a plain word is quoted"),
                 expect(arch::quote_for_shell("a b$c") == "a\\ b\\$c", "a b$c is " + arch::quote_for_shell("a b$c")),
                 expect(arch::quote_for_shell("") == "''", "an empty argument is lost")});
}

struct Selftest {
  std::string_view name;
  Failure (*run)();
};

constexpr Selftest kSelftests[] = {
    {"rsp-checksum", checksum},       {"rsp-framing", framing_in_any_portions},
    {"rsp-escapes", escapes},         {"rsp-run-lengths", run_lengths},
    {"rsp-thread-ids", thread_ids},   {"rsp-vcont", vcont},
    {"isa-step-plans", step_plans},   {"isa-registers", register_table},
    {"isa-debug-registers", debug_registers},
    {"spawn-shell-quoting", shell_quoting},
};

}  // namespace

int run_selftests(std::string_view filter, std::ostream& out) {
  int ran = 0, failed = 0;
  for (const Selftest& test : kSelftests) {
    if (test.name.find(filter) == test.name.npos) continue;
    out << "Running selftest " << test.name << ".\n";
    ++ran;
    const Failure failure = test.run();
    if (failure.empty()) continue;
    ++failed;
    out << "Self test failed: " << failure << "\n";
  }
  out << "Ran " << ran << " unit tests, " << failed << " failed\n" << std::flush;
  return failed;
}

}  // namespace gdbhub::net
