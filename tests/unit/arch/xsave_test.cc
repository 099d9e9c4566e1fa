#include "arch/xsave.h"

#include <gtest/gtest.h>

namespace gdbhub::arch {
namespace {

constexpr std::size_t kXstateBv = 512;

class Xsave : public ::testing::Test {
 protected:
  std::uint64_t in_use() const { return load<std::uint64_t>(ByteSpan(state_).subspan(kXstateBv)); }
  template <class T>
  T read(XsavePart part, unsigned offset = 0) const {
    T value{};
    EXPECT_TRUE(layout_.read(state_, part, offset, writable_bytes_of(value)));
    return value;
  }
  template <class T>
  void write(XsavePart part, T value) {
    EXPECT_TRUE(layout_.write(state_, part, 0, bytes_of(value)));
  }

  const XsaveLayout layout_ = XsaveLayout::of_this_cpu();
  // Whatever is in parts that are not in use must not be seen.
  Bytes state_ = [this] {
    Bytes state(layout_.size(), 0xee);
    store(MutableByteSpan(state).subspan(kXstateBv), std::uint64_t{0});
    return state;
  }();
};

TEST_F(Xsave, PartsThatAreNotInUseReadAsTheirInitialValues) {
  EXPECT_EQ(read<std::uint16_t>(XsavePart::X87), 0x37f);
  EXPECT_EQ(read<std::uint16_t>(XsavePart::X87, 2), 0);
  EXPECT_EQ(read<std::uint32_t>(XsavePart::Mxcsr), 0x1f80U);
  EXPECT_EQ(read<std::uint64_t>(XsavePart::Sse, 240), 0U);
}

TEST_F(Xsave, AWritePutsThePartIntoUseWithInitialValuesElsewhere) {
  write(XsavePart::Sse, std::uint64_t{7});
  EXPECT_EQ(in_use(), 2U);
  EXPECT_EQ(read<std::uint64_t>(XsavePart::Sse), 7U);
  EXPECT_EQ(read<std::uint64_t>(XsavePart::Sse, 8), 0U);
  EXPECT_EQ(read<std::uint32_t>(XsavePart::Mxcsr), 0x1f80U);
}

TEST_F(Xsave, MxcsrIsAliveWithSseOrAvxAndSurvivesTheX87Part) {
  write(XsavePart::Mxcsr, std::uint32_t{0x9fc0});
  EXPECT_EQ(in_use(), 2U);
  EXPECT_EQ(read<std::uint64_t>(XsavePart::Sse, 16), 0U);
  write(XsavePart::X87, std::uint16_t{0x27f});
  EXPECT_EQ(in_use(), 3U);
  EXPECT_EQ(read<std::uint32_t>(XsavePart::Mxcsr), 0x9fc0U);
  EXPECT_EQ(read<std::uint16_t>(XsavePart::X87), 0x27f);
  EXPECT_EQ(read<std::uint64_t>(XsavePart::X87, 32), 0U);
}

TEST_F(Xsave, AvxBringsMxcsrIntoUseToo) {
  if (!layout_.has(XsavePart::Avx)) GTEST_SKIP() << "no AVX here";
  write(XsavePart::Avx, std::uint64_t{1});
  EXPECT_EQ(in_use(), 4U);
  EXPECT_EQ(load<std::uint32_t>(ByteSpan(state_).subspan(24)), 0x1f80U);
  write(XsavePart::Mxcsr, std::uint32_t{0x9fc0});
  EXPECT_EQ(in_use(), 4U);
  write(XsavePart::Sse, std::uint64_t{1});
  EXPECT_EQ(read<std::uint32_t>(XsavePart::Mxcsr), 0x9fc0U);
}

TEST_F(Xsave, AShortStateLacksItsLaterParts) {
  if (!layout_.has(XsavePart::Avx)) GTEST_SKIP() << "no AVX here";
  state_.resize(576);
  std::uint64_t value = 0;
  EXPECT_FALSE(layout_.read(state_, XsavePart::Avx, 0, writable_bytes_of(value)));
  EXPECT_FALSE(layout_.write(state_, XsavePart::Avx, 0, bytes_of(value)));
  EXPECT_TRUE(layout_.read(state_, XsavePart::Sse, 0, writable_bytes_of(value)));
  state_.resize(575);
  EXPECT_FALSE(layout_.read(state_, XsavePart::Sse, 0, writable_bytes_of(value)));
}

TEST_F(Xsave, NothingBeyondAPartCanBeReached) {
  std::uint64_t value = 0;
  EXPECT_TRUE(layout_.read(state_, XsavePart::Sse, 248, writable_bytes_of(value)));
  EXPECT_FALSE(layout_.read(state_, XsavePart::Sse, 252, writable_bytes_of(value)));
  EXPECT_FALSE(layout_.has(XsavePart::Avx) && XsaveLayout(3).has(XsavePart::Avx));
}

}  // namespace
}  // namespace gdbhub::arch
