#include "rsp/agent_expr.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

class FakeContext : public AgentContext {
 public:
  std::optional<std::uint64_t> read_register(unsigned number) override {
    const auto found = registers.find(number);
    return found == registers.end() ? std::nullopt : std::optional(found->second);
  }
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    std::size_t count = 0;
    for (; count < to.size(); ++count) {
      const auto found = memory.find((from + count).value);
      if (found == memory.end()) break;
      to[count] = found->second;
    }
    return count;
  }
  void emit(std::string_view text) override { printed += text; }

  void put(std::uint64_t at, ByteSpan bytes) {
    for (const Byte byte : bytes) memory[at++] = byte;
  }

  std::map<unsigned, std::uint64_t> registers;
  std::map<std::uint64_t, Byte> memory;
  std::string printed;
};

std::optional<ErrorCode> compile_error(std::string_view hex) {
  const auto program = AgentProgram::compile(*from_hex(hex));
  return program ? std::nullopt : std::optional(program.error().code);
}

Result<std::optional<std::uint64_t>> run(std::string_view hex, AgentContext& context,
                                         unsigned steps = kMaxAgentSteps) {
  const auto program = AgentProgram::compile(*from_hex(hex));
  if (!program) return program.error();
  return evaluate(*program, context, steps);
}

std::uint64_t value_of(std::string_view hex, AgentContext& context) {
  const auto result = run(hex, context);
  if (!result || !*result) {
    ADD_FAILURE() << hex << ": " << (result ? "no value" : result.error().text);
    return 0xbadbadbad;
  }
  return **result;
}

/// The value of an expression that needs no context.
std::uint64_t value_of(std::string_view hex) {
  FakeContext context;
  return value_of(hex, context);
}

std::optional<ErrorCode> run_error(std::string_view hex, AgentContext& context) {
  const auto result = run(hex, context);
  return result ? std::nullopt : std::optional(result.error().code);
}

constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};

/// Two constants and an instruction.
std::uint64_t binary(std::uint64_t a, std::uint64_t b, Byte opcode) {
  Bytes code;
  for (const std::uint64_t value : {a, b}) {
    code.push_back(0x25);
    for (int shift = 56; shift >= 0; shift -= 8) code.push_back(static_cast<Byte>(value >> shift));
  }
  code.push_back(opcode);
  code.push_back(0x27);
  return value_of(to_hex(code));
}

// -- what gdb 13 sends ------------------------------------------------------------------------------

TEST(AgentExpr, AConditionOfGdb) {
  // break g if x == 2 && u != 7; x at rbp-20, u a byte at 0x555555558032
  constexpr std::string_view kCondition =
      "26000622100222ec160802191620220213200017210030250000555555558032172207130e20002b210030220121003222002"
      "7";
  FakeContext context;
  context.registers[6] = 0x7fffffffe000 - 0x10;
  const auto with = [&](std::int32_t x, Byte u) {
    context.put(0x7fffffffe000 - 20, bytes_of(x));
    context.put(0x555555558032, bytes_of(u));
    return value_of(kCondition, context);
  };
  EXPECT_EQ(with(2, 0), 1u);
  EXPECT_EQ(with(2, 7), 0u);
  EXPECT_EQ(with(3, 0), 0u);
}

TEST(AgentExpr, AConditionOfGdbOnRegistersWithADivision) {
  // break *g if $rdi==77 || a/2 > -3; a at 0x555555558010
  constexpr std::string_view kCondition =
      "2600051640224d1320002a250000555555558010191620220205162022fd16082b1420002a220021002c220127";
  FakeContext context;
  const auto with = [&](std::uint64_t rdi, std::int32_t a) {
    context.registers[5] = rdi;
    context.put(0x555555558010, bytes_of(a));
    return value_of(kCondition, context);
  };
  EXPECT_EQ(with(77, -100), 1u);
  EXPECT_EQ(with(1, -4), 1u);
  EXPECT_EQ(with(1, -6), 0u);
}

TEST(AgentExpr, ADprintfOfGdb) {
  // dprintf h,"x\t%d \"q\" \\ %c %5lx %s\n", a, u, l, p
  constexpr std::string_view kCommand =
      "2500005555555580181a2500005555555580381a16402500005555555580321725000055555555801019162022002200340400"
      "1c785c74"
      "2564205c22715c22205c5c2025632025356c782025735c6e0027";
  FakeContext context;
  context.put(0x555555558010, bytes_of(std::int32_t{-5}));
  context.put(0x555555558032, bytes_of(Byte{'U'}));
  context.put(0x555555558038, bytes_of(std::int64_t{0xabc}));
  context.put(0x555555558018, bytes_of(std::uint64_t{0x5000}));
  context.put(0x5000, bytes_of(std::string_view("str\0", 4)));
  const auto result = run(kCommand, context);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(*result, std::nullopt);
  EXPECT_EQ(context.printed, "x\t-5 \"q\" \\ U   abc str\n");
}

// -- instructions ------------------------------------------------------------------------------------

TEST(AgentExpr, ConstantsAreBigEndianAndUnsigned) {
  EXPECT_EQ(value_of("22ff27"), 0xffu);
  EXPECT_EQ(value_of("23123427"), 0x1234u);
  EXPECT_EQ(value_of("248765432127"), 0x87654321u);
  EXPECT_EQ(value_of("25012345678987654327"), 0x0123456789876543u);
}

TEST(AgentExpr, ArithmeticWraps) {
  EXPECT_EQ(binary(kMinusOne, 2, 0x02), 1u);
  EXPECT_EQ(binary(1, 2, 0x03), kMinusOne);
  EXPECT_EQ(binary(kMinusOne, 3, 0x04), kMinusOne - 2);
}

TEST(AgentExpr, DivisionKnowsSigns) {
  EXPECT_EQ(binary(0 - 7ull, 2, 0x05), 0 - 3ull);
  EXPECT_EQ(binary(0 - 7ull, 2, 0x06), 0x7ffffffffffffffcu);
  EXPECT_EQ(binary(0 - 7ull, 2, 0x07), kMinusOne);
  EXPECT_EQ(binary(0 - 7ull, 2, 0x08), 1u);
}

TEST(AgentExpr, TheSmallestNumberByMinusOneDoesNotTrap) {
  constexpr std::uint64_t kSmallest = std::uint64_t{1} << 63;
  EXPECT_EQ(binary(kSmallest, kMinusOne, 0x05), kSmallest);
  EXPECT_EQ(binary(kSmallest, kMinusOne, 0x07), 0u);
}

TEST(AgentExpr, DivisionByZeroIsAnError) {
  FakeContext context;
  for (const char* opcode : {"05", "06", "07", "08"}) {
    EXPECT_EQ(run_error("22012200" + std::string(opcode) + "27", context), ErrorCode::InvalidArgument);
  }
}

TEST(AgentExpr, ShiftsOfAnyWidthAreDefined) {
  EXPECT_EQ(binary(1, 63, 0x09), std::uint64_t{1} << 63);
  EXPECT_EQ(binary(1, 64, 0x09), 0u);
  EXPECT_EQ(binary(kMinusOne - 1, 1, 0x0a), kMinusOne);
  EXPECT_EQ(binary(kMinusOne, kMinusOne, 0x0a), kMinusOne);
  EXPECT_EQ(binary(kMinusOne, 63, 0x0b), 1u);
  EXPECT_EQ(binary(kMinusOne, 64, 0x0b), 0u);
}

TEST(AgentExpr, LogicAndComparisons) {
  EXPECT_EQ(value_of("22050e27"), 0u);
  EXPECT_EQ(value_of("22000e27"), 1u);
  EXPECT_EQ(value_of("22001227"), kMinusOne);
  EXPECT_EQ(binary(6, 3, 0x0f), 2u);
  EXPECT_EQ(binary(6, 3, 0x10), 7u);
  EXPECT_EQ(binary(6, 3, 0x11), 5u);
  EXPECT_EQ(binary(6, 6, 0x13), 1u);
  EXPECT_EQ(binary(kMinusOne, 1, 0x14), 1u);
  EXPECT_EQ(binary(kMinusOne, 1, 0x15), 0u);
}

TEST(AgentExpr, ExtensionsTakeAnyWidth) {
  EXPECT_EQ(value_of("2280160827"), kMinusOne - 0x7f);
  EXPECT_EQ(value_of("227f160827"), 0x7fu);
  EXPECT_EQ(value_of("22ff2a0427"), 0xfu);
  EXPECT_EQ(value_of("22ff164027"), 0xffu);
  EXPECT_EQ(value_of("2203160227"), kMinusOne);
}

TEST(AgentExpr, MemoryIsLittleEndianAndZeroExtended) {
  FakeContext context;
  context.put(0x10, Bytes{0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81});
  EXPECT_EQ(value_of("22101727", context), 0x88u);
  EXPECT_EQ(value_of("22101827", context), 0x8788u);
  EXPECT_EQ(value_of("22101927", context), 0x85868788u);
  EXPECT_EQ(value_of("22101a27", context), 0x8182838485868788u);
  EXPECT_EQ(run_error("22111a27", context), ErrorCode::BadMemory);
}

TEST(AgentExpr, RegistersWithoutAValueAreErrors) {
  FakeContext context;
  context.registers[0x102] = 42;
  EXPECT_EQ(value_of("26010227", context), 42u);
  EXPECT_EQ(run_error("26010327", context), ErrorCode::Unsupported);
}

TEST(AgentExpr, TheStackCanBeRearranged) {
  EXPECT_EQ(value_of("22012202"
                     "28"
                     "0227"),
            4u);  // dup
  EXPECT_EQ(value_of("22012202"
                     "29"
                     "27"),
            1u);  // pop
  EXPECT_EQ(value_of("22012205"
                     "2b"
                     "0327"),
            4u);  // swap: 5 - 1
  EXPECT_EQ(value_of("220122022203"
                     "3202"
                     "27"),
            1u);  // pick the third
  EXPECT_EQ(value_of("220922022203"
                     "33"
                     "27"),
            2u);  // a b c => c a b
  EXPECT_EQ(value_of("220922022203"
                     "33"
                     "29"
                     "27"),
            9u);
  EXPECT_EQ(value_of("220922022203"
                     "33"
                     "2929"
                     "27"),
            3u);
}

TEST(AgentExpr, JumpsGoToOffsets) {
  EXPECT_EQ(value_of("2200"
                     "200008"
                     "2205"
                     "27"
                     "2207"
                     "27"),
            5u);
  EXPECT_EQ(value_of("2201"
                     "200008"
                     "2205"
                     "27"
                     "2207"
                     "27"),
            7u);
  EXPECT_EQ(value_of("210005"
                     "2201"
                     "2202"
                     "27"),
            2u);
}

TEST(AgentExpr, TraceInstructionsCollectNothing) {
  FakeContext context;
  const auto result =
      run("22102204"
          "0c"
          "2210"
          "0d08"
          "300010"
          "29"
          "22102204"
          "2f"
          "2e0001"
          "27",
          context);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(*result, std::nullopt);
}

TEST(AgentExpr, AnEndlessLoopMeetsTheStepLimit) {
  FakeContext context;
  EXPECT_EQ(run_error("210000", context), ErrorCode::InvalidArgument);
  EXPECT_TRUE(run("220127", context, 2));
  EXPECT_FALSE(run("220127", context, 1));
}

TEST(AgentExpr, PrintingWithoutEndMeetsTheOutputLimit) {
  FakeContext context;
  // again: push 0, 0, 0; printf "%1000d"; goto again
  EXPECT_EQ(run_error("220022002200"
                      "34010007"
                      "25313030306400"
                      "210000",
                      context),
            ErrorCode::InvalidArgument);
  EXPECT_LE(context.printed.size(), kMaxAgentOutput);
  EXPECT_GE(context.printed.size(), kMaxAgentOutput - 1000);
}

TEST(AgentExpr, AStringThatCannotBeReadIsAnError) {
  FakeContext context;
  EXPECT_EQ(run_error("221022002200"
                      "34010003"
                      "257300"
                      "27",
                      context),
            ErrorCode::BadMemory);
  EXPECT_EQ(context.printed, "");
}

// -- what the compiler refuses ---------------------------------------------------------------------------

TEST(AgentCompile, RefusesWhatIsBroken) {
  const struct {
    const char* what;
    std::string code;
  } cases[] = {
      {"nothing", ""},
      {"no such instruction", "3127"},
      {"no such instruction", "ff27"},
      {"no such instruction", "0027"},
      {"no end", "2201"},
      {"no end behind a jump",
       "2201200006"
       "27"
       "2201"},
      {"operand cut off", "2501"},
      {"stack empty", "0227"},
      {"stack empty", "22010227"},
      {"pick below the stack", "2201320127"},
      {"jump outside", "2100ff"},
      {"jump into an operand",
       "210004"
       "222727"},
      {"different heights",
       "2201"
       "200007"
       "2201"
       "27"},
      {"a loop that piles up", "2201210000"},
      {"extension to nothing", "2201160027"},
      {"extension to 65 bits", "2201164127"},
      {"format cut off", "2200220034000005257300"},
      {"empty format", "220022003400000027"},
      {"format without its zero",
       "2200220034000001"
       "61"
       "27"},
      {"too few values",
       "2200220034000003"
       "257300"
       "27"},
      {"too many values",
       "22002200220034010002"
       "6100"
       "27"},
      {"format wants what is not on the stack",
       "2200220034010003"
       "256400"
       "27"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(compile_error(c.code), ErrorCode::InvalidArgument) << c.what << ' ' << c.code;
}

TEST(AgentCompile, LimitsTheStack) {
  std::string code;
  for (std::size_t i = 0; i < AgentProgram::kMaxStack; ++i) code += "2201";
  EXPECT_EQ(compile_error(code + "27"), std::nullopt);
  EXPECT_EQ(compile_error(code + "220127"), ErrorCode::InvalidArgument);
}

TEST(AgentCompile, FloatingPointAndTraceVariablesAreUnsupported) {
  for (const char* code :
       {"0127", "22101b27", "22101c27", "22101d27", "22101e27", "22101f27", "2c000127", "22012d000127",
        "22002200220034010003"
        "256600"
        "27"}) {
    EXPECT_EQ(compile_error(code), ErrorCode::Unsupported) << code;
  }
}

TEST(AgentCompile, CodeThatIsNeverReachedDoesNotCount) {
  EXPECT_EQ(value_of("22012702"
                     "27"),
            1u);
}

RC_GTEST_PROP(AgentProperty, WhatCompilesRunsToAnEndOrAnError, (const Bytes& noise)) {
  // Mostly sensible instructions, so that some programs compile.
  Bytes code = {0x22, 1, 0x22, 2, 0x22, 3};
  for (const Byte byte : noise) code.push_back(byte % 0x35);
  code.push_back(0x27);
  const auto program = AgentProgram::compile(code);
  if (!program) return;
  FakeContext context;
  (void)evaluate(*program, context, 1000);
}

}  // namespace
}  // namespace gdbhub::rsp
