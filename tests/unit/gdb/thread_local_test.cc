#include "engines/gdb/thread_local.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace gdbhub::gdb {
namespace {

/// A thread of two modules, in memory as glibc has it (with offsets of its own).
class ThreadLocalLayoutTest : public ::testing::Test {
 protected:
  static constexpr Address thread{0x5000}, vector{0x6000}, link_map{0x7000};
  static constexpr std::uint64_t module_offset = 0x480, vector_offset = 8, slot_size = 16;

  ThreadLocalLayoutTest() {
    put_field(0x100, 64, 1, module_offset);
    put_field(0x110, 64, 1, vector_offset);
    put_field(0x120, 8 * slot_size, 0, 0);
    put_field(0x130, 64, 1, 0);
    put_field(0x140, 64, 1, 0);
    put(link_map + module_offset, 2);
    put(thread + vector_offset, vector.value);
    put(vector - slot_size, 2);  // slots
    put(vector + slot_size, 0x9000);
    put(vector + 2 * slot_size, 0xa000);
  }
  void put(Address at, std::uint64_t value) { put_bytes(at, bytes_of(value)); }
  void put_field(std::uint64_t at, std::uint32_t bits, std::uint32_t elements, std::uint64_t offset) {
    const std::uint32_t field[] = {bits, elements, static_cast<std::uint32_t>(offset)};
    put_bytes({at}, bytes_of(field));
  }
  void put_bytes(Address at, ByteSpan bytes) {
    for (const Byte byte : bytes) memory_[(at = at + 1) - 1] = byte;
  }
  /// As a client answers: all, in the order asked.
  ThreadLocalLayout learned() const {
    ThreadLocalLayout layout;
    std::uint64_t at = 0x100;
    while (const auto name = layout.unknown()) {
      layout.learn(*name, {at});
      at += 0x10;
    }
    return layout;
  }
  Result<Address> find(std::uint64_t offset, Address map = link_map) const {
    return learned().find(thread, map, offset, [&](Address from, MutableByteSpan to) {
      std::size_t count = 0;
      for (; count < to.size(); ++count) {
        const auto byte = memory_.find(from + count);
        if (byte == memory_.end()) break;
        to[count] = byte->second;
      }
      return count;
    });
  }

 private:
  std::map<Address, Byte> memory_;
};

TEST_F(ThreadLocalLayoutTest, AVariableIsInTheThreadsBlockOfItsLibrary) {
  const Result<Address> found = find(0x10);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, Address{0xa010});
}

TEST_F(ThreadLocalLayoutTest, AStaticProgramHasNoLinkMapAndOneModule) {
  const Result<Address> found = find(0x10, Address{});
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, Address{0x9010});
}

TEST_F(ThreadLocalLayoutTest, ABlockThatTheThreadDoesNotHaveYetIsAnError) {
  put(vector + 2 * slot_size, ~std::uint64_t{0});
  EXPECT_EQ(find(0).error().code, ErrorCode::NotFound);
  put(vector - slot_size, 1);
  EXPECT_EQ(find(0).error().code, ErrorCode::NotFound);
}

TEST_F(ThreadLocalLayoutTest, ALibraryWithoutThreadLocalsIsAnError) {
  put(link_map + module_offset, 0);
  EXPECT_EQ(find(0).error().code, ErrorCode::NotFound);
}

TEST_F(ThreadLocalLayoutTest, UnreadableStructuresAreAnError) {
  put(thread + vector_offset, 0xdead0000);
  EXPECT_EQ(find(0).error().code, ErrorCode::BadMemory);
}

TEST_F(ThreadLocalLayoutTest, WithoutTheClientsSymbolsNothingIsFound) {
  const ThreadLocalLayout layout;
  EXPECT_TRUE(layout.unknown());
  const auto nothing = [](Address, MutableByteSpan) -> std::size_t { return 0; };
  EXPECT_EQ(layout.find(thread, link_map, 0, nothing).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace gdbhub::gdb
