// The registers of the Isa against the processor: what one side stores the other must read.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "arch/x86_isa.h"
#include "stepped_child.h"

namespace gdbhub::arch {
namespace {

using Child = SteppedChild;

const X86Isa& isa() {
  static const X86Isa the_isa;
  return the_isa;
}

unsigned number_of(std::string_view name) {
  const auto& all = isa().registers();
  const auto found = std::ranges::find(all, name, &RegisterInfo::name);
  EXPECT_NE(found, all.end()) << name;
  return static_cast<unsigned>(found - all.begin());
}

bool has(std::string_view feature) {
  return std::ranges::count(isa().registers(), feature, &RegisterInfo::feature) != 0;
}

Bytes value_of(const RegisterState& state, unsigned number) {
  Bytes value(isa().registers()[number].bits / 8);
  EXPECT_TRUE(isa().read(state, number, value)) << isa().registers()[number].name;
  return value;
}
Bytes value_of(const RegisterState& state, std::string_view name) {
  return value_of(state, number_of(name));
}

/// A value that the kernel and the processor take as it is.
Bytes acceptable_value(unsigned number, std::mt19937_64& random) {
  static const std::map<std::string_view, std::uint64_t> kFixed{
      {"rip", 0x1234'5678}, {"eflags", 0xad7},   {"cs", 0x33},       {"ss", 0x2b},
      {"ds", 0x2b},         {"es", 0x2b},        {"fs", 0},          {"gs", 0},
      {"fctrl", 0x27f},     {"fstat", 0x2800},   {"ftag", 0xffff},   {"mxcsr", 0x9fc0},
      {"fs_base", 0x5000},  {"gs_base", 0x6000}, {"orig_rax", 0x77}, {"pkru", 0x5555'5550}};
  const RegisterInfo& info = isa().registers()[number];
  Bytes value(info.bits / 8);
  for (Byte& byte : value) byte = static_cast<Byte>(random());
  if (const auto fixed = kFixed.find(info.name); fixed != kFixed.end()) {
    std::ranges::fill(value, Byte{0});
    std::ranges::copy(bytes_of(fixed->second).first(std::min<std::size_t>(value.size(), 8)), value.begin());
  }
  return value;
}

/// Processors keep the last-instruction registers of the x87 unit only while an exception is pending, and the
/// trap after a step sets orig_rax to -1.
bool is_kept(unsigned number) {
  static const std::set<std::string_view> kTransient{"fiseg", "fioff", "foseg", "fooff", "fop", "orig_rax"};
  return !kTransient.contains(isa().registers()[number].name);
}

TEST(X86Registers, NumbersAndOffsetsAreThoseOfGdbserver) {
  // Seen with gdbserver 13: what a debugger that read an old description would still assume.
  const std::map<std::string_view, unsigned> kNumbers{
      {"rax", 0},  {"rsp", 7},   {"rip", 16},   {"eflags", 17},   {"st0", 24},     {"fctrl", 32},
      {"fop", 39}, {"xmm0", 40}, {"mxcsr", 56}, {"orig_rax", 57}, {"fs_base", 58}, {"gs_base", 59}};
  for (const auto& [name, number] : kNumbers) EXPECT_EQ(number_of(name), number) << name;
  if (has("org.gnu.gdb.i386.avx")) {
    EXPECT_EQ(number_of("ymm0h"), 60U);
  }
  if (has("org.gnu.gdb.i386.avx512")) {
    EXPECT_EQ(number_of("xmm16"), 76U);
    EXPECT_EQ(number_of("k0"), 108U);
    EXPECT_EQ(number_of("zmm31h"), 147U);
  }
  EXPECT_EQ(isa().registers()[number_of("st0")].offset, 164U);
  EXPECT_EQ(isa().registers()[number_of("xmm0")].offset, 276U);
  EXPECT_EQ(isa().expedited(), (std::vector<unsigned>{6, 7, 16}));
}

TEST(X86Registers, OnlyTheGeneralOnesNeedNoExtendedState) {
  RegisterState state;
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    Bytes value(isa().registers()[number].bits / 8);
    EXPECT_EQ(isa().read(state, number, value), isa().is_general(number)) << isa().registers()[number].name;
    EXPECT_EQ(isa().write(state, number, value).ok(), isa().is_general(number));
  }
  EXPECT_TRUE(isa().is_general(number_of("gs_base")));
  EXPECT_FALSE(isa().is_general(number_of("fctrl")));
}

TEST(X86Registers, RefuseUnknownNumbersAndSizes) {
  RegisterState state;
  Bytes value(64);
  const auto count = static_cast<unsigned>(isa().registers().size());
  EXPECT_FALSE(isa().read(state, count, value));
  EXPECT_EQ(isa().write(state, count, value).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(isa().write(state, 0, ByteSpan(value).first(4)).error().code, ErrorCode::InvalidArgument);
}

TEST(X86Registers, EachIsReadBackAsWrittenWithoutChangingAnother) {
  std::mt19937_64 random(3);
  RegisterState state;
  state.extended.resize(isa().layout().size());
  std::vector<Bytes> expected;
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    expected.push_back(acceptable_value(number, random));
    const bool wide = isa().registers()[number].group != "float";
    if (!wide) std::fill(expected.back().begin() + 2, expected.back().end(), Byte{0});
    ASSERT_TRUE(isa().write(state, number, expected.back()));
  }
  for (unsigned number = 0; number < expected.size(); ++number) {
    EXPECT_EQ(value_of(state, number), expected[number]) << isa().registers()[number].name;
  }
}

TEST(X86Registers, TheKernelAndTheProcessorKeepEachOne) {
  Child child;
  std::mt19937_64 random(5);
  RegisterState state = child.initial();
  std::vector<Bytes> expected;
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    expected.push_back(acceptable_value(number, random));
    ASSERT_TRUE(isa().write(state, number, expected.back())) << isa().registers()[number].name;
  }
  const Byte nop[] = {0x90};
  const RegisterState after =
      child.step(nop, {Child::kCode}, state).state;  // through the processor, and back
  for (unsigned number = 0; number < expected.size(); ++number) {
    if (!is_kept(number) || number == number_of("rip")) continue;  // rip was set to the code
    EXPECT_EQ(value_of(after, number), expected[number]) << isa().registers()[number].name;
  }
}

struct Store {
  std::string_view name;
  Bytes code;  // stores the register at [rsi]
  std::size_t size;
  unsigned from = 0;  // the part of what is stored
};

TEST(X86Registers, AreThoseThatInstructionsSee) {
  const std::vector<Store> kBase{{"xmm9", {0x44, 0x0f, 0x11, 0x0e}, 16},       // movups [rsi], xmm9
                                 {"r13", {0x4c, 0x89, 0x2e}, 8},               // mov [rsi], r13
                                 {"mxcsr", {0x0f, 0xae, 0x1e}, 4},             // stmxcsr [rsi]
                                 {"fctrl", {0xd9, 0x3e}, 2}};                  // fnstcw [rsi]
  const std::vector<Store> kAvx{{"ymm9h", {0xc5, 0x7c, 0x11, 0x0e}, 16, 16}};  // vmovups [rsi], ymm9
  const std::vector<Store> kAvx512{
      {"xmm17", {0x62, 0xe1, 0x7c, 0x48, 0x11, 0x0e}, 16},       // vmovups [rsi], zmm17
      {"ymm17h", {0x62, 0xe1, 0x7c, 0x48, 0x11, 0x0e}, 16, 16},  //
      {"zmm17h", {0x62, 0xe1, 0x7c, 0x48, 0x11, 0x0e}, 32, 32},  //
      {"zmm9h", {0x62, 0x71, 0x7c, 0x48, 0x11, 0x0e}, 32, 32},   // vmovups [rsi], zmm9
      {"k3", {0xc4, 0xe1, 0xf8, 0x91, 0x1e}, 8}};                // kmovq [rsi], k3
  std::vector<Store> all = kBase;
  if (has("org.gnu.gdb.i386.avx")) all.insert(all.end(), kAvx.begin(), kAvx.end());
  if (has("org.gnu.gdb.i386.avx512")) all.insert(all.end(), kAvx512.begin(), kAvx512.end());
  Child child;
  std::mt19937_64 random(9);
  for (const Store& one : all) {
    RegisterState state = child.initial();
    const Bytes value = acceptable_value(number_of(one.name), random);
    ASSERT_TRUE(isa().write(state, number_of(one.name), value));
    state.general.rsi = Child::kScratch;
    const StepOutcome outcome = child.step(one.code, {Child::kCode}, state);
    ASSERT_EQ(outcome.signal, SIGTRAP) << one.name;
    const Bytes stored(outcome.scratch.begin() + one.from,
                       outcome.scratch.begin() + one.from + static_cast<std::ptrdiff_t>(one.size));
    EXPECT_EQ(stored, Bytes(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(one.size)))
        << one.name;
  }
}

TEST(X86Registers, TheTagWordIsTheOneThatFnstenvStores) {
  Child child;
  RegisterState state = child.initial();
  state.general.rsi = Child::kScratch;
  const auto run = [&](Bytes code) {
    const StepOutcome outcome = child.step(code, {Child::kCode}, state);
    EXPECT_EQ(outcome.signal, SIGTRAP);
    state = outcome.state;
    return outcome;
  };
  EXPECT_EQ(load<std::uint32_t>(value_of(state, "ftag")), 0xffffU);
  run({0xd9, 0xeb});  // fldpi: valid
  run({0xd9, 0xee});  // fldz: zero
  run({0xd9, 0xe8});  // fld1
  run({0xd9, 0xee});  // fldz
  run({0xde, 0xf9});  // fdivp: 1 / 0, special
  const auto shown = load<std::uint32_t>(value_of(state, "ftag"));
  const StepOutcome outcome = run({0xd9, 0x36});  // fnstenv [rsi]
  EXPECT_EQ(shown, load<std::uint16_t>(ByteSpan(outcome.scratch).subspan(8)));
  EXPECT_NE(shown, 0xffffU);
  EXPECT_EQ(load<std::uint16_t>(value_of(state, "fstat")) >> 11 & 7, 5);
  EXPECT_EQ(value_of(state, "st2"), (Bytes{0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40}));
}

TEST(TargetXml, NamesEachRegisterWithItsNumberAndEachFeatureOnce) {
  const std::string& xml = isa().target_xml();
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    const RegisterInfo& info = isa().registers()[number];
    const std::string start =
        "<reg name=\"" + std::string(info.name) + "\" bitsize=\"" + std::to_string(info.bits) + "\"";
    const std::size_t at = xml.find(start);
    ASSERT_NE(at, std::string::npos) << start;
    EXPECT_NE(xml.substr(at, 120).find("regnum=\"" + std::to_string(number) + "\""), std::string::npos)
        << start;
  }
  EXPECT_EQ(xml.find("org.gnu.gdb.i386.core"), xml.rfind("org.gnu.gdb.i386.core"));
  EXPECT_TRUE(xml.ends_with("</feature>\n</target>\n"));
}

TEST(TargetXml, HasNoFeatureThatTheMachineLacks) {
  const X86Isa old(XsaveLayout(3));
  EXPECT_EQ(old.registers().size(), 60U);
  EXPECT_EQ(old.target_xml().find("avx"), std::string::npos);
  const X86Isa half(XsaveLayout(0x27));  // AVX-512 is there as a whole or not at all
  EXPECT_EQ(half.target_xml().find("avx512"), std::string::npos);
}

}  // namespace
}  // namespace gdbhub::arch
