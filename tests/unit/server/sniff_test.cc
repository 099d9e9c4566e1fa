#include "server/sniff.h"

#include <gtest/gtest.h>

namespace gdbhub::net {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view bytes;
  Protocol protocol;
  std::size_t noise = 0;
};

class Sniffing : public testing::TestWithParam<Case> {};

TEST_P(Sniffing, KnowsTheProtocolByItsFirstBytes) {
  const auto& expected = GetParam();
  const auto sniffed = sniff(expected.bytes);
  EXPECT_EQ(sniffed.protocol, expected.protocol);
  EXPECT_EQ(sniffed.noise, expected.noise);
}

INSTANTIATE_TEST_SUITE_P(
    All, Sniffing,
    testing::Values(Case{"", Protocol::Unknown}, Case{"+", Protocol::Rsp}, Case{"-", Protocol::Rsp},
                    Case{"$qSupported#37", Protocol::Rsp}, Case{"\x03", Protocol::Rsp},
                    Case{"%Stop", Protocol::Rsp}, Case{"{\"jsonrpc\"", Protocol::JsonLines},
                    Case{"noise", Protocol::Unknown, 5}, Case{"\r\n$g#67", Protocol::Rsp, 2},
                    Case{"x\x03y", Protocol::Unknown, 3}, Case{"GET / HTTP/1.1\r\n", Protocol::Foreign},
                    Case{"\x16\x03\x01\x02$"sv, Protocol::Foreign}, Case{"\0\0$"sv, Protocol::Rsp, 2}));

}  // namespace
}  // namespace gdbhub::net
