#include "engines/gdb/libraries_svr4.h"

#include <gtest/gtest.h>

#include "tests/unit/core/linker_image.h"

namespace gdbhub::gdb {
namespace {

constexpr std::string_view kBegin = "<library-list-svr4 version=\"1.0\">";
constexpr std::string_view kEnd = "</library-list-svr4>";
constexpr std::string_view kLibm =
    "<library name=\"/lib/libm.so.6\" lm=\"0x3000\" l_addr=\"0x20000\" l_ld=\"0x200dd\"";

class LibrariesSvr4 : public testing::Test {
 protected:
  LibrariesSvr4() { image_.put_lists(); }
  Result<std::string> get(std::string_view annex) const {
    return libraries_svr4(image_.reader(), image_.auxv(), annex);
  }

  test::LinkerImage image_;
};

TEST_F(LibrariesSvr4, AllLibrariesWithTheirNamespacesAndWithoutTheProgram) {
  EXPECT_EQ(
      get("").value(),
      "<library-list-svr4 version=\"1.0\" main-lm=\"0x1000\">"
      "<library name=\"/lib/libc.so.6\" lm=\"0x2000\" l_addr=\"0x10000\" l_ld=\"0x100dd\" "
      "lmid=\"0x7ffff7ffe118\"/>"
      "<library name=\"/lib/libm.so.6\" lm=\"0x3000\" l_addr=\"0x20000\" l_ld=\"0x200dd\" "
      "lmid=\"0x7ffff7ffe118\"/>"
      "<library name=\"/lib/libz.so.1\" lm=\"0x4000\" l_addr=\"0x30000\" l_ld=\"0x300dd\" lmid=\"0x9000\"/>"
      "</library-list-svr4>");
  EXPECT_EQ(get("start=0;prev=0;").value(), get("").value());
}

TEST_F(LibrariesSvr4, AnAnnexAsksForTheRestOfOneList) {
  EXPECT_EQ(get("lmid=0x7ffff7ffe118;start=0x3000;prev=0x2000;").value(),
            std::string(kBegin) + std::string(kLibm) + " lmid=\"0x7ffff7ffe118\"/>" + std::string(kEnd));
  EXPECT_EQ(get("start=3000;prev=2000").value(),
            std::string(kBegin) + std::string(kLibm) + " lmid=\"0x0\"/>" + std::string(kEnd));
  EXPECT_NE(get("start=4000;prev=0;lmid=9000").value().find("libz"), std::string::npos);
}

TEST_F(LibrariesSvr4, AStaleAnnexGetsAnEmptyList) {
  const std::string empty = std::string(kBegin) + std::string(kEnd);
  EXPECT_EQ(get("start=3000;prev=1000").value(), empty);
  EXPECT_EQ(get("start=1234;prev=0").value(), empty);
}

TEST_F(LibrariesSvr4, AMalformedAnnexIsAnError) {
  for (const char* annex : {"start", "start=", "start=xx;", "start=1 ;", "bogus", ";"})
    EXPECT_FALSE(get(annex)) << annex;
}

TEST_F(LibrariesSvr4, NamesAreEscaped) {
  image_.put_map(0x3000, "/a<&\"\xff.so", 0, 0, 0x2000);
  EXPECT_NE(get("").value().find("name=\"/a&lt;&amp;&quot;?.so\""), std::string::npos);
}

TEST_F(LibrariesSvr4, WithoutALinkerGdbIsToLookForItself) {
  image_.put_dynamic(0);
  EXPECT_EQ(get("").error().code, ErrorCode::Unsupported);
}

TEST_F(LibrariesSvr4, ALinkerThatHasNotBegunHasNoLibraries) {
  image_.put_debug(test::LinkerImage::kDebug, 0, 0, 0);
  EXPECT_EQ(get("").value(), std::string(kBegin) + std::string(kEnd));
}

}  // namespace
}  // namespace gdbhub::gdb
