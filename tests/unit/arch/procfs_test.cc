#include "gdbhub/procfs.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "arch/proc_files.h"

namespace gdbhub::arch {
namespace {

std::string own(const std::string& name) {
  return std::string(text_of(read_file(proc_path(::getpid(), name)).value_or({})));
}

TEST(Maps, FieldsOfALine) {
  const auto maps = parse_maps(
      "7f00a000-7f00c000 r-xp 00001000 08:01 1234                     /opt/my app/lib.so (deleted)\n"
      "ffffffffff600000-ffffffffff601000 --xs 00000000 00:00 0                  [vsyscall]\n"
      "1000-2000 rw-p 00000000 00:00 0 \n");
  ASSERT_EQ(maps.size(), 3U);
  EXPECT_EQ(maps[0].range.begin, Address{0x7f00a000});
  EXPECT_EQ(maps[0].range.size, 0x2000U);
  EXPECT_TRUE(maps[0].readable && maps[0].executable && !maps[0].writable && !maps[0].shared);
  EXPECT_EQ(maps[0].offset, 0x1000U);
  EXPECT_EQ(maps[0].inode, 1234U);
  EXPECT_EQ(maps[0].path, "/opt/my app/lib.so (deleted)");
  EXPECT_EQ(maps[1].range.begin, Address{0xffffffffff600000});
  EXPECT_TRUE(maps[1].shared && !maps[1].readable);
  EXPECT_EQ(maps[1].path, "[vsyscall]");
  EXPECT_TRUE(maps[2].writable);
  EXPECT_EQ(maps[2].path, "");
}

TEST(Maps, BadLinesAreLeftOut) {
  const auto maps =
      parse_maps("2000-1000 rw-p 0 00:00 0\nx-y rw-p 0 0 0\n\n1000\n1000-2000 rw 0 0 0\n1-2 r--p 0 0 5");
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_EQ(maps[0].inode, 5U);
}

TEST(Maps, TheKernelsOwnAreAllUnderstood) {
  const std::string text = own("maps");
  const auto maps = parse_maps(text);
  EXPECT_EQ(maps.size(), static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  const Address here{reinterpret_cast<std::uint64_t>(&parse_maps)};
  EXPECT_TRUE(std::any_of(maps.begin(), maps.end(),
                          [&](const Mapping& m) { return m.range.contains(here) && m.executable; }));
}

std::string stat_line(const std::string& name) {
  std::string line = "42 (" + name + ") S 7";
  for (int field = 5; field <= 52; ++field) line += ' ' + std::to_string(field * 100);
  return line + '\n';
}

TEST(Stat, NamesMayHoldAnything) {
  for (const std::string name : {"sh", "a b", ") R 1", "((", "x\ny", "", "Web Content) Z ("}) {
    const auto stat = parse_stat(stat_line(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->tid, Tid{42});
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, Pid{7});
    EXPECT_EQ(stat->start_time, 2200U);
    EXPECT_EQ(stat->processor, 3900);
  }
}

TEST(Stat, TheKernelsOwn) {
  const auto stat = parse_stat(own("stat"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->tid.value, ::getpid());
  EXPECT_EQ(stat->parent.value, ::getppid());
  EXPECT_EQ(stat->state, 'R');
  EXPECT_GT(stat->start_time, 0U);
  EXPECT_LT(stat->processor, ::sysconf(_SC_NPROCESSORS_CONF));
  EXPECT_GE(stat->processor, 0);
}

TEST(Stat, GarbageIsNothing) {
  for (const std::string_view text :
       {"", "1", "1 (", "1 (x", "1 x) S 1", "x (y) S 1", "1 (x) SS 1", "1 ) (x", "1 (x) S"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(Status, Fields) {
  const auto status = parse_status(
      "Name:\tmy app: x\nState:\tt (tracing stop)\nTgid:\t100\nPid:\t101\nPPid:\t1\nTracerPid:\t77\n"
      "Uid:\t1000\t1001\t1002\t1003\nSigBlk:\t0000000000000001\nSigIgn:\t8000000000000000\nSigCgt:"
      "\t0000000000000ff0\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->name, "my app: x");
  EXPECT_EQ(status->state, 't');
  EXPECT_EQ(status->process, Pid{100});
  EXPECT_EQ(status->parent, Pid{1});
  EXPECT_EQ(status->tracer, Tid{77});
  EXPECT_EQ(status->user, 1001);
  EXPECT_EQ(status->blocked, 1U);
  EXPECT_EQ(status->ignored, 1ULL << 63);
  EXPECT_EQ(status->caught, 0xff0U);
}

TEST(Status, TheKernelsOwn) {
  const auto status = parse_status(own("status"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->process.value, ::getpid());
  EXPECT_EQ(status->user, static_cast<int>(::geteuid()));
  EXPECT_FALSE(status->tracer);
}

TEST(Status, WithoutAThreadGroupIsNothing) {
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_status("Name:\tx\nTgid:\tx\n"));
}

TEST(Auxv, TheKernelsOwn) {
  const std::string bytes = own("auxv");
  const auto entries = parse_auxv(bytes_of(std::string_view(bytes)));
  const auto entry =
      std::find_if(entries.begin(), entries.end(), [](const auto& e) { return e.first == AT_ENTRY; });
  ASSERT_NE(entry, entries.end());
  EXPECT_EQ(entry->second, ::getauxval(AT_ENTRY));
}

TEST(Auxv, EndsAtNullAndIgnoresATornTail) {
  const std::uint64_t words[] = {3, 30, 0, 0, 5, 50};
  EXPECT_EQ(parse_auxv(bytes_of(words)).size(), 1U);
  const ByteSpan all = bytes_of(words);
  EXPECT_EQ(parse_auxv(all.first(15)).size(), 0U);
  EXPECT_EQ(parse_auxv(all.subspan(0, 16)).size(), 1U);
}

TEST(Procfs, RandomDamageDoesNoHarm) {
  std::mt19937 random(7);
  const std::string originals[] = {own("maps"), own("stat"), own("status")};
  for (int run = 0; run < 2000; ++run) {
    std::string text = originals[random() % std::size(originals)];
    for (int i = 0; i < 5; ++i) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % text.size());
    parse_maps(text);
    parse_stat(text);
    parse_status(text);
    parse_auxv(bytes_of(std::string_view(text)));
  }
}

}  // namespace
}  // namespace gdbhub::arch
