#include "rsp/xfer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

TEST(Xfer, ParsesAReadWithAndWithoutAnnex) {
  const auto features = parse_xfer("features:read:target.xml:10,ffb");
  ASSERT_TRUE(features);
  EXPECT_EQ(features->object, "features");
  EXPECT_FALSE(features->write);
  EXPECT_EQ(features->annex, "target.xml");
  EXPECT_EQ(features->offset, 0x10u);
  EXPECT_EQ(features->length, 0xffbu);
  const auto libraries = parse_xfer("libraries-svr4:read:start=7f;prev=0:0,1000");
  ASSERT_TRUE(libraries);
  EXPECT_EQ(libraries->annex, "start=7f;prev=0");
  const auto auxv = parse_xfer("auxv:read::0,1000");
  ASSERT_TRUE(auxv);
  EXPECT_EQ(auxv->annex, "");
}

TEST(Xfer, ParsesAWriteOfBinaryData) {
  const auto request = parse_xfer("siginfo:write::4:a:}\x03");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->write);
  EXPECT_EQ(request->offset, 4u);
  EXPECT_EQ(request->data, (Bytes{'a', ':', '#'}));
}

TEST(Xfer, RefusesWhatIsMalformed) {
  for (const char* text :
       {"", "auxv", "auxv:", "auxv:peek::0,1", "auxv:read:", "auxv:read::", "auxv:read::0", "auxv:read::0,",
        "auxv:read::x,1", "auxv:read::0,1x", "siginfo:write::0", "siginfo:write::0:}"}) {
    EXPECT_FALSE(parse_xfer(text)) << text;
  }
}

TEST(XferWindow, SaysWhetherThereIsMore) {
  EXPECT_EQ(xfer_window("abcdef", 0, 4), "mabcd");
  EXPECT_EQ(xfer_window("abcdef", 4, 4), "lef");
  EXPECT_EQ(xfer_window("abcdef", 2, 4), "lcdef");
  EXPECT_EQ(xfer_window("abcdef", 6, 4), "l");
  EXPECT_EQ(xfer_window("", 0, 4), "l");
  EXPECT_EQ(xfer_window("abc", 0, std::numeric_limits<std::uint64_t>::max()), "labc");
}

TEST(XferWindow, AnOffsetPastTheEndIsAnError) {
  EXPECT_EQ(xfer_window("abc", 4, 4), "E01");
  EXPECT_EQ(xfer_window("abc", std::numeric_limits<std::uint64_t>::max(), 4), "E01");
}

TEST(XferWindow, EscapesCountAgainstTheLength) {
  EXPECT_EQ(xfer_window("a#b", 0, 2), "ma");
  EXPECT_EQ(xfer_window("a#b", 1, 2), "m}\x03");
  EXPECT_EQ(xfer_window("a#b", 1, 0), "m}\x03") << "there is always progress";
}

RC_GTEST_PROP(XferProperty, WindowsAddUpToTheObject, (const Bytes& object)) {
  const auto length = *rc::gen::inRange<std::uint64_t>(1, 20);
  Bytes got;
  for (bool more = true; more;) {
    const std::string reply = xfer_window(object, got.size(), length);
    RC_ASSERT(reply.size() <= 1 + std::max<std::uint64_t>(length, 2));
    more = reply[0] == 'm';
    const auto part = unescape(std::string_view(reply).substr(1));
    RC_ASSERT(part && (!more || !part->empty()));
    got.insert(got.end(), part->begin(), part->end());
  }
  RC_ASSERT(got == object);
}

}  // namespace
}  // namespace gdbhub::rsp
