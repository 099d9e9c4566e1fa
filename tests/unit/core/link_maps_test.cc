#include "engines/core/link_maps.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/unit/core/linker_image.h"

namespace gdbhub::core {
namespace {

using test::LinkerImage;

std::vector<std::string> names(const std::vector<LoadedObject>& objects) {
  std::vector<std::string> list;
  for (const LoadedObject& object : objects) list.push_back(object.name);
  return list;
}

std::vector<std::string> names_in(const LinkerImage& image) {
  return names(loaded_objects(image.reader(), Address{LinkerImage::kDebug}));
}

using Names = std::vector<std::string>;

TEST(LinkMaps, TheLinkersDataIsFoundFromTheAuxiliaryVector) {
  const LinkerImage image;
  EXPECT_EQ(find_r_debug(image.reader(), image.auxv()), Address{LinkerImage::kDebug});
}

TEST(LinkMaps, AStaticProgramHasNone) {
  LinkerImage image;
  image.put(LinkerImage::kBase + 0x40 + sizeof(Elf64_Phdr), Elf64_Phdr{PT_LOAD, PF_R, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(find_r_debug(image.reader(), image.auxv()), std::nullopt);
  EXPECT_EQ(find_r_debug(image.reader(), {}), std::nullopt);
}

TEST(LinkMaps, AProgramHasNoneBeforeItsLinkerRuns) {
  LinkerImage image;
  image.put_dynamic(0);
  EXPECT_EQ(find_r_debug(image.reader(), image.auxv()), std::nullopt);
  EXPECT_EQ(r_brk(image.reader(), image.auxv()), std::nullopt);
  image.put_dynamic(LinkerImage::kDebug);
  image.put_debug(LinkerImage::kDebug, 0, 0, 0);
  EXPECT_EQ(r_brk(image.reader(), image.auxv()), std::nullopt);
  EXPECT_EQ(names_in(image), Names{});
}

TEST(LinkMaps, TheLinkerSaysWhereItCallsBeforeAndAfterAChange) {
  LinkerImage image;
  image.put_lists();
  EXPECT_EQ(r_brk(image.reader(), image.auxv()), Address{0xb4ea4});
}

TEST(LinkMaps, AllNamespacesAreListedTheProgramFirst) {
  LinkerImage image;
  image.put_lists();
  const auto objects = loaded_objects(image.reader(), Address{LinkerImage::kDebug});
  EXPECT_EQ(names(objects), (Names{"", "/lib/libc.so.6", "/lib/libm.so.6", "/lib/libz.so.1"}));
  EXPECT_EQ(objects[1],
            (LoadedObject{{0x2000}, "/lib/libc.so.6", {0x10000}, {0x100dd}, {LinkerImage::kDebug}}));
  EXPECT_EQ(objects[3].name_space, Address{0x9000});
}

TEST(LinkMaps, AnOldLinkerHasOneNamespaceOnly) {
  LinkerImage image;
  image.put_lists();
  image.put_debug(LinkerImage::kDebug, 1, 0x1000, 0x9000);
  EXPECT_EQ(names_in(image), (Names{"", "/lib/libc.so.6", "/lib/libm.so.6"}));
}

TEST(LinkMaps, ABrokenListEndsWhereItBreaks) {
  LinkerImage image;
  image.put_lists();
  image.put_map(0x2000, "/lib/libc.so.6", 0x10000, 0xdead000, 0x1000);
  EXPECT_EQ(names_in(image), (Names{"", "/lib/libc.so.6", "/lib/libz.so.1"}));
  image.put_map(0x2000, "/lib/libc.so.6", 0x10000, 0x3000, 0x7777);  // not the one after the program
  EXPECT_EQ(names_in(image), (Names{"", "/lib/libz.so.1"}));
  image.unmap(LinkerImage::kDebug);
  EXPECT_EQ(names_in(image), Names{});
}

TEST(LinkMaps, ANameThatCannotBeReadIsEmpty) {
  LinkerImage image;
  image.put_lists();
  image.unmap(0x2045);
  EXPECT_EQ(names_in(image), (Names{"", "", "/lib/libm.so.6", "/lib/libz.so.1"}));
}

TEST(LinkMaps, CirclesEnd) {
  LinkerImage image;
  image.put_lists();
  image.put_debug(0x9000, 2, 0x4000, LinkerImage::kDebug);
  EXPECT_LT(names_in(image).size(), 1000u);
  image.put_map(0x1000, "", 0, 0x2000, 0x2000);
  image.put_map(0x2000, "x", 0, 0x1000, 0x1000);
  EXPECT_EQ(objects_from(image.reader(), {0x1000}, {0x2000}, {}).size(), kMaxLoadedObjects);
}

TEST(LinkMaps, TheTestsOwnLibrariesAreThoseThatTheLinkerNames) {
  std::ifstream file("/proc/self/auxv", std::ios::binary);
  const Bytes auxv{std::istreambuf_iterator<char>(file), {}};
  const ReadMemory read = [](Address from, MutableByteSpan to) {
    iovec here{to.data(), to.size()};
    iovec there{reinterpret_cast<void*>(from.value), to.size()};
    const ssize_t size = ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  };
  const auto r_debug = find_r_debug(read, auxv);
  ASSERT_TRUE(r_debug);
  // Not &_r_debug, which may be a copy in the program.
  const auto* own = static_cast<link_map*>(::dlopen(nullptr, RTLD_NOW));
  std::vector<LoadedObject> expected;
  for (const link_map* map = own; map != nullptr; map = map->l_next) {
    expected.push_back({{reinterpret_cast<std::uintptr_t>(map)},
                        map->l_name,
                        {map->l_addr},
                        {reinterpret_cast<std::uintptr_t>(map->l_ld)},
                        *r_debug});
  }
  EXPECT_GT(expected.size(), 2u);
  EXPECT_EQ(loaded_objects(read, *r_debug), expected);

  const auto change = r_brk(read, auxv);
  ASSERT_TRUE(change);
  Dl_info where{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(change->value), &where), 0);
  EXPECT_NE(std::string(where.dli_fname).find("/ld-linux"), std::string::npos) << where.dli_fname;
}

}  // namespace
}  // namespace gdbhub::core
