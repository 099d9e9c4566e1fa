#include "rsp/vcont.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

using Kind = ResumeItem::Kind;

TEST(VCont, ParsesEachAction) {
  const auto items = parse_vcont(";c:p1.-1;C0b:p1.2;s:3;S05;t:p1;r4005d0,4005e0:p1.2");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 6u);
  const Kind kinds[] = {Kind::Continue, Kind::Continue, Kind::Step, Kind::Step, Kind::Stop, Kind::RangeStep};
  const int signals[] = {0, 0xb, 0, 5, 0, 0};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ((*items)[i].kind, kinds[i]) << i;
    EXPECT_EQ((*items)[i].signal, signals[i]) << i;
  }
  EXPECT_EQ((*items)[1].threads, ThreadPattern::parse("p1.2"));
  EXPECT_EQ((*items)[3].threads, ThreadPattern{}) << "without threads: all";
  EXPECT_EQ((*items)[5].range.begin, Address{0x4005d0});
  EXPECT_EQ((*items)[5].range.size, 0x10u);
}

TEST(VCont, RefusesWhatIsMalformed) {
  for (const char* text : {"", "c", ";", ";x", ";c:", ";c:p", ";cx", ";C", ";C100", ";s5", ";r", ";r1",
                           ";r1,", ";r2,1", ";c;;s", ";c:1,s"}) {
    EXPECT_FALSE(parse_vcont(text)) << text;
  }
}

TEST(VCont, TheLeftmostMatchWins) {
  const auto items = parse_vcont(";s:p1.2;t:p1;c:p2.5");
  ASSERT_TRUE(items);
  EXPECT_EQ(action_for(*items, Pid{1}, Tid{2})->kind, Kind::Step);
  EXPECT_EQ(action_for(*items, Pid{1}, Tid{3})->kind, Kind::Stop);
  EXPECT_EQ(action_for(*items, Pid{2}, Tid{5})->kind, Kind::Continue);
  EXPECT_EQ(action_for(*items, Pid{2}, Tid{6}), nullptr);
}

TEST(LegacyResume, ParsesEachForm) {
  const struct {
    const char* text;
    Kind kind;
    int signal;
    std::optional<Address> address;
  } cases[] = {
      {"c", Kind::Continue, 0, {}},     {"c4005d0", Kind::Continue, 0, Address{0x4005d0}},
      {"C0b", Kind::Continue, 0xb, {}}, {"C0b;4005d0", Kind::Continue, 0xb, Address{0x4005d0}},
      {"s", Kind::Step, 0, {}},         {"S05", Kind::Step, 5, {}},
  };
  for (const auto& c : cases) {
    const auto resume = parse_legacy_resume(c.text);
    ASSERT_TRUE(resume) << c.text;
    EXPECT_EQ(resume->kind, c.kind) << c.text;
    EXPECT_EQ(resume->signal, c.signal) << c.text;
    EXPECT_EQ(resume->address, c.address) << c.text;
  }
}

TEST(LegacyResume, RefusesWhatIsMalformed) {
  for (const char* text : {"", "x", "t", "r1,2", "cx", "C", "Cx", "C05;", "C05;x", "C05,1", "s1;"}) {
    EXPECT_FALSE(parse_legacy_resume(text)) << text;
  }
}

}  // namespace
}  // namespace gdbhub::rsp
