// Names and lines of programs that the compiler of this machine makes.
#include "arch/code_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "arch/debug_file.h"
#include "arch/symbol_finder.h"
#include "gdbhub/text_cursor.h"

namespace gdbhub::arch {
namespace {

constexpr std::string_view kSource = R"(namespace shop {
struct Basket {
  int count = 0;
  __attribute__((noinline)) void put(int n);
};
void Basket::put(int n) {
  count += n;

  count *= 2;
}
template <class T> __attribute__((noinline)) T twice(T x) { return x + x; }
}
extern "C" __attribute__((noinline, used)) int plain(int x) {
  return x + 1;
}
__attribute__((noinline, used)) static int hidden(int x) { return x - 1; }
int main(int argc, char**) {
  shop::Basket basket;
  basket.put(argc);
  return plain(basket.count) + hidden(3) + shop::twice<int>(argc) + int(shop::twice<long>(4));
}
)";

class CodeIndexTest : public testing::Test {
 protected:
  CodeIndexTest() { std::filesystem::create_directories(folder_); }
  ~CodeIndexTest() override { std::filesystem::remove_all(folder_); }

  void run(const std::string& command) { ASSERT_EQ(std::system(("cd " + folder_ + " && " + command).c_str()), 0) << command; }
  void build(const std::string& flags) {
    std::ofstream(folder_ + "/shop.cc") << kSource;
    run("g++ -x c++ -O0 -fno-inline " + flags + " shop.cc -o shop");
  }
  CodeIndex open(const std::string& root = "") {
    auto file = open_regular(folder_ + "/shop");
    auto index = CodeIndex::read(std::move(*file), root.empty() ? folder_ + "/shop" : "/shop", {root});
    EXPECT_TRUE(index) << index.error().text;
    return std::move(*index);
  }
  static std::string lines(CodeIndex& index, const std::string& file, unsigned line) {
    std::string text;
    for (const CodePlace& place : index.find({CodeName::Kind::Line, file, line, 0}))
      text += place.function + ":" + std::to_string(place.line) + " ";
    return text;
  }
  static std::vector<CodePlace> functions(CodeIndex& index, const std::string& name) {
    return index.find({CodeName::Kind::Function, name, 0, 0});
  }
  void expect_lines() {
    CodeIndex index = open();
    EXPECT_EQ(lines(index, "shop.cc", 7), "shop::Basket::put(int):7 ");
    EXPECT_EQ(lines(index, folder_ + "/shop.cc", 8), "shop::Basket::put(int):9 ") << "the next line with code";
    EXPECT_EQ(lines(index, "op.cc", 7), "") << "a part of a name is not its end";
    EXPECT_EQ(lines(index, "shop.cc", 1000), "");
    EXPECT_EQ(lines(index, "shop.cc", 14), "plain:14 ");
    const auto entry = functions(index, "plain");
    ASSERT_EQ(entry.size(), 1u);
    const auto places = index.find({CodeName::Kind::Line, "shop.cc", 13, 0});
    ASSERT_EQ(places.size(), 1u);
    EXPECT_EQ(places[0].address, entry[0].address) << "the line of the opening brace is the function's first instruction";
  }

  const std::string folder_ = testing::TempDir() + "code_index_" + std::to_string(::getpid());
};

class LinesOf : public CodeIndexTest, public testing::WithParamInterface<const char*> {};

TEST_P(LinesOf, AreFound) {
  build(GetParam());
  expect_lines();
}

INSTANTIATE_TEST_SUITE_P(Dwarf, LinesOf,
                         testing::Values("-gdwarf-2", "-gdwarf-4", "-gdwarf-5 -pie -fPIE", "-gdwarf-5 -no-pie", "-gdwarf-5 -static-pie",
                                         "-gdwarf-4 -static", "-gdwarf-5 -gz=zlib", "-gdwarf-5 -gsplit-dwarf"));

TEST_F(CodeIndexTest, FunctionsHaveTheNamesThatPeopleUse) {
  build("-g");
  CodeIndex index = open();
  for (const char* name : {"_ZN4shop6Basket3putEi", "shop::Basket::put(int)", "shop::Basket::put", "Basket::put", "put"}) {
    const auto places = functions(index, name);
    ASSERT_EQ(places.size(), 1u) << name;
    EXPECT_EQ(places[0].function, "shop::Basket::put(int)");
  }
  EXPECT_EQ(functions(index, "shop::twice").size(), 2u) << "all instances";
  EXPECT_EQ(functions(index, "shop::twice<long>").size(), 1u);
  EXPECT_EQ(functions(index, "hidden").size(), 1u);
  EXPECT_EQ(functions(index, "ut").size(), 0u);
  EXPECT_EQ(functions(index, "op::Basket::put").size(), 0u);
  EXPECT_EQ(functions(index, "").size(), 0u);
  const auto second = index.find({CodeName::Kind::Function, "plain", 0, 4});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].address, functions(index, "plain")[0].address + 4);
}

TEST(IsCalled, KnowsOperatorsConstructorsAndDestructors) {
  EXPECT_TRUE(is_called("_ZN1AC1Ev", "A::A"));
  EXPECT_TRUE(is_called("_ZN1AD1Ev", "A::~A"));
  EXPECT_TRUE(is_called("_ZN1AclEi", "A::operator()"));
  EXPECT_TRUE(is_called("_ZN1AclEi", "A::operator()(int)"));
  EXPECT_TRUE(is_called("_ZN12_GLOBAL__N_11fEv", "f"));
  EXPECT_FALSE(is_called("_ZN1A1fEv", "g"));
  EXPECT_FALSE(is_called("_Zgarbage", "arbage"));
}

TEST_F(CodeIndexTest, AStrippedFileHasItsDebugFileByTheLink) {
  build("-g -Wl,--build-id=none");
  run("objcopy --only-keep-debug shop shop.debug && strip shop && objcopy --add-gnu-debuglink=shop.debug shop");
  expect_lines();
  run("mkdir .debug && mv shop.debug .debug/");
  expect_lines();
  run("echo >> .debug/shop.debug");
  CodeIndex index = open();
  EXPECT_EQ(lines(index, "shop.cc", 7), "") << "its checksum is wrong now";
}

TEST_F(CodeIndexTest, AStrippedFileHasItsDebugFileByItsBuildId) {
  build("-g -Wl,--build-id=0xabcdef0123456789");
  run("mkdir -p usr/lib/debug/.build-id/ab && objcopy --only-keep-debug shop usr/lib/debug/.build-id/ab/cdef0123456789.debug && strip shop");
  CodeIndex index = open(folder_);
  EXPECT_EQ(lines(index, "shop.cc", 7), "shop::Basket::put(int):7 ");
  EXPECT_EQ(functions(index, "hidden").size(), 1u);
  CodeIndex without = open();
  EXPECT_EQ(lines(without, "shop.cc", 7), "");
}

TEST_F(CodeIndexTest, AFunctionThatChoosesTellsWhereItsChoiceIsKept) {
  std::ofstream(folder_ + "/shop.c") << R"(
    static int one(int x) { return x + 1; }
    static int (*choose(void))(int) { return one; }
    int chosen(int) __attribute__((ifunc("choose")));
    int unused(int) __attribute__((ifunc("choose_too")));
    static int (*choose_too(void))(int) { return one; }
    int main(int argc, char** argv) { return chosen(argc) + choose_too()(1); }
  )";
  run("gcc -O0 -fPIE -pie shop.c -o shop");
  CodeIndex index = open();
  const auto places = index.find({CodeName::Kind::Function, "chosen", 0, 0});
  ASSERT_EQ(places.size(), 1u);
  ASSERT_TRUE(places[0].choice && places[0].choice->kept_at);
  EXPECT_EQ(places[0].address, index.find({CodeName::Kind::Function, "choose", 0, 0}).at(0).address);
  const auto& loaded = index.segments();
  EXPECT_TRUE(std::ranges::any_of(loaded, [&](const CodeIndex::Segment& one) { return *places[0].choice->kept_at - one.address < one.size; }));
  const auto nowhere = index.find({CodeName::Kind::Function, "unused", 0, 0});
  ASSERT_EQ(nowhere.size(), 1u);
  EXPECT_TRUE(nowhere[0].choice && !nowhere[0].choice->kept_at);
  EXPECT_FALSE(index.find({CodeName::Kind::Function, "main", 0, 0}).at(0).choice);
  EXPECT_FALSE(index.find({CodeName::Kind::Function, "chosen", 0, 4}).at(0).choice) << "that is a place in the one that chooses";
}

TEST_F(CodeIndexTest, WhatIsNoProgramIsRefused) {
  std::ofstream(folder_ + "/shop") << "#!/bin/sh\n";
  EXPECT_FALSE(CodeIndex::read(*open_regular(folder_ + "/shop"), "/shop", {""}));
  EXPECT_FALSE(open_regular(folder_)) << "a folder";
  run("mkfifo pipe");
  EXPECT_FALSE(open_regular(folder_ + "/pipe")) << "and nobody waits for its other end";
}

TEST_F(CodeIndexTest, LimitsCutOffWhatIsTooMuch) {
  build("-g");
  const auto file = open_regular(folder_ + "/shop");
  LineTable::Limits limits;
  limits.rows = 5;
  const auto few = LineTable::read(file->get(), limits);
  ASSERT_TRUE(few);
  EXPECT_EQ(few->rows(), 5u);
  EXPECT_FALSE(few->is_complete());
  limits.file_bytes = 100;
  EXPECT_FALSE(LineTable::read(file->get(), limits));
}

TEST_F(CodeIndexTest, DamagedFilesAreSurvived) {
  build("-gdwarf-5");
  std::ifstream in(folder_ + "/shop", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    for (int j = 0; j < 20; ++j) bad[std::uniform_int_distribution<std::size_t>(64, bad.size() - 1)(random)] = static_cast<char>(random());
    std::ofstream(folder_ + "/shop", std::ios::binary) << bad;
    auto index = CodeIndex::read(*open_regular(folder_ + "/shop"), folder_ + "/shop", {""});
    if (!index) continue;
    index->find({CodeName::Kind::Line, "shop.cc", 7, 0});
    index->find({CodeName::Kind::Function, "put", 0, 0});
  }
}

TEST(LoadBias, IsThePlaceOfASegment) {
  const std::vector<CodeIndex::Segment> segments = {{0, 0x500, Address{0}}, {0x1000, 0x800, Address{0x1000}}, {0x2db8, 0x258, Address{0x3db8}}};
  MappedFile file;
  file.pieces = {{{Address{0x7000'1000}, 0x1000}, 0x1000, true}, {{Address{0x7000'3000}, 0x1000}, 0x2000, false}};
  EXPECT_EQ(load_bias(segments, file), 0x7000'0000u);
  file.pieces.erase(file.pieces.begin());
  EXPECT_EQ(load_bias(segments, file), 0x7000'0000u);
  file.pieces[0].offset = 0x9000;
  EXPECT_EQ(load_bias(segments, file), std::nullopt);
}

}  // namespace
}  // namespace gdbhub::arch
