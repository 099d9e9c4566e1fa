#include "engines/log/library_watch.h"

#include <gtest/gtest.h>

#include "tests/unit/core/linker_image.h"

namespace gdbhub::log {
namespace {

class LibraryWatchTest : public testing::Test {
 protected:
  LibraryWatchTest() { image_.put_lists(); }
  /// "+/lib/libc.so.6" and so on.
  std::vector<std::string> update() {
    std::vector<std::string> changes;
    for (const LibraryChange& change : watch_.update(image_.reader()))
      changes.push_back((change.loaded ? "+" : "-") + change.object.name);
    return changes;
  }
  using Changes = std::vector<std::string>;

  test::LinkerImage image_;
  LibraryWatch watch_{image_.auxv()};
};

TEST_F(LibraryWatchTest, TheFirstLookFindsAllLibrariesOfAllNamespaces) {
  EXPECT_EQ(update(), (Changes{"+/lib/libc.so.6", "+/lib/libm.so.6", "+/lib/libz.so.1"}));
  EXPECT_EQ(update(), Changes{});
}

TEST_F(LibraryWatchTest, OnlyWhatChangesIsReported) {
  update();
  image_.put_map(0x3000, "/lib/libm.so.6", 0x20000, 0x5000, 0x2000);
  image_.put_map(0x5000, "/lib/libnew.so", 0x50000, 0, 0x3000);
  EXPECT_EQ(update(), Changes{"+/lib/libnew.so"});
  image_.put_map(0x2000, "/lib/libc.so.6", 0x10000, 0x5000, 0x1000);
  image_.put_map(0x5000, "/lib/libnew.so", 0x50000, 0, 0x2000);
  EXPECT_EQ(update(), Changes{"-/lib/libm.so.6"});
}

TEST_F(LibraryWatchTest, AnotherLibraryInTheSamePlaceIsTwoChanges) {
  update();
  image_.put_map(0x3000, "/lib/libother.so", 0x20000, 0, 0x2000);
  EXPECT_EQ(update(), (Changes{"-/lib/libm.so.6", "+/lib/libother.so"}));
  image_.put_map(0x3000, "/lib/libother.so", 0x70000, 0, 0x2000);
  EXPECT_EQ(update(), (Changes{"-/lib/libother.so", "+/lib/libother.so"}));
}

TEST_F(LibraryWatchTest, TheBreakpointIsAtTheEntryUntilTheLinkerHasRun) {
  EXPECT_EQ(watch_.breakpoint(image_.reader()), Address{0xb4ea4});
  image_.put_dynamic(0);
  EXPECT_EQ(watch_.breakpoint(image_.reader()), Address{test::LinkerImage::kEntry});
  EXPECT_EQ(update(), Changes{});
  EXPECT_EQ(LibraryWatch({}).breakpoint(image_.reader()), std::nullopt);
}

}  // namespace
}  // namespace gdbhub::log
