#include "rsp/hex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace gdbhub::rsp {
namespace {

/// What a client does with run-length encoding.
std::string run_length_decode(std::string_view encoded) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '*') {
      text.append(static_cast<std::size_t>(encoded[++i] - 29), text.back());
    } else {
      text += encoded[i];
    }
  }
  return text;
}

TEST(Hex, WritesTwoLowerCaseDigitsForEachByte) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xa0, 0xff}), "000fa0ff");
  EXPECT_EQ(to_hex("Az"), "417a");
  EXPECT_EQ(to_hex(""), "");
}

TEST(Hex, AppendsBehindWhatIsThere) {
  std::string text = "F";
  append_hex(text, Bytes(17, 0xab));
  EXPECT_EQ(text.substr(0, 5), "Fabab");
  EXPECT_EQ(text.size(), 1u + 34u);
}

TEST(Hex, ReadsBothCases) {
  EXPECT_EQ(from_hex("aBCd"), (Bytes{0xab, 0xcd}));
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  for (const char* bad : {"a", "abc", "0g", "g0", "0x", " 1", "-1", "\xff\xff"})
    EXPECT_EQ(from_hex(bad), std::nullopt);
  EXPECT_EQ(text_from_hex("4"), std::nullopt);
  EXPECT_EQ(text_from_hex("2f62696e"), "/bin");
}

TEST(Hex, NumbersHaveNoLeadingZeros) {
  const auto text = [](std::uint64_t number) {
    std::string to;
    append_hex_number(to, number);
    return to;
  };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(0xf), "f");
  EXPECT_EQ(text(0x10), "10");
  EXPECT_EQ(text(0x4005d0), "4005d0");
  EXPECT_EQ(text(std::numeric_limits<std::uint64_t>::max()), "ffffffffffffffff");
}

TEST(Escape, MarksTheFourSpecialBytesWhereverTheyStand) {
  for (std::size_t at = 0; at < 40; ++at) {
    Bytes bytes(40, 'x');
    bytes[at] = '$';
    std::string escaped;
    append_escaped(escaped, bytes);
    EXPECT_EQ(escaped, std::string(at, 'x') + "}\x04" + std::string(39 - at, 'x'));
  }
  std::string all;
  append_escaped(all, bytes_of(std::string_view("#$}*")));
  EXPECT_EQ(all, "}\x03}\x04}]}\n");
}

TEST(Escape, AnEscapeWithoutItsByteIsAnError) {
  EXPECT_EQ(unescape("ab}"), std::nullopt);
  EXPECT_EQ(unescape("}]}"), std::nullopt);
  EXPECT_EQ(unescape(""), Bytes{});
}

TEST(RunLength, LeavesRunsOfThreeAlone) {
  EXPECT_EQ(run_length_encode("aaabbbc"), "aaabbbc");
}

TEST(RunLength, FourZerosAreTheExampleOfTheProtocol) {
  EXPECT_EQ(run_length_encode("0000"), "0* ");
}

TEST(RunLength, NeverUsesAReservedCountCharacter) {
  for (std::size_t length = 0; length < 1000; ++length) {
    const std::string run(length, '0');
    const std::string encoded = run_length_encode(run);
    EXPECT_EQ(encoded.find_first_of("#$+-"), std::string::npos) << length;
    for (const char c : encoded) EXPECT_TRUE(c >= ' ' && c <= '~') << length;
    EXPECT_EQ(run_length_decode(encoded), run) << length;
    EXPECT_LE(encoded.size(), run.size()) << length;
  }
}

RC_GTEST_PROP(HexProperty, RoundTrips, (const Bytes& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
}

RC_GTEST_PROP(EscapeProperty, RoundTripsAndLeavesNothingSpecial, (const Bytes& bytes)) {
  std::string escaped;
  append_escaped(escaped, bytes);
  RC_ASSERT(escaped.find_first_of("#$*") == std::string::npos);
  RC_ASSERT(unescape(escaped) == bytes);
}

RC_GTEST_PROP(RunLengthProperty, RoundTripsTextWithRuns, ()) {
  // Few letters, so that runs occur at every alignment.
  const auto runs = *rc::gen::container<std::vector<std::pair<char, unsigned>>>(
      rc::gen::pair(rc::gen::element('0', '1', 'f'), rc::gen::inRange(1u, 250u)));
  std::string text;
  for (const auto& [letter, length] : runs) text.append(length, letter);
  const std::string encoded = run_length_encode(text);
  RC_ASSERT(encoded.size() <= text.size());
  RC_ASSERT(run_length_decode(encoded) == text);
}

}  // namespace
}  // namespace gdbhub::rsp
