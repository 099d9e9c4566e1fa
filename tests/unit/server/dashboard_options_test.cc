#include "server/dashboard_options.h"

#include <gtest/gtest.h>

namespace gdbhub::net {
namespace {

TEST(DashboardOptions, WithoutAnAddressAreTheLoopbackAndTheCustomaryPortOrAnother) {
  const auto options = parse_dashboard("");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->endpoint.host, "");
  EXPECT_EQ(options->endpoint.port, kDashboardPort);
  EXPECT_FALSE(options->fixed_port);
  EXPECT_EQ(options->role, Role::Controller);
}

TEST(DashboardOptions, TakeHostPortAndRole) {
  const auto options = parse_dashboard("[::1]:4000,role=observer");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->endpoint.host, "::1");
  EXPECT_EQ(options->endpoint.port, "4000");
  EXPECT_TRUE(options->fixed_port);
  EXPECT_EQ(options->role, Role::Observer);
  EXPECT_EQ(parse_dashboard(",role=observer")->role, Role::Observer);
}

TEST(DashboardOptions, RefuseWhatABrowserCannotReachAndWhatIsUnknown) {
  for (const char* text : {"unix:/tmp/x", "localhost:1,role=root", ":1,join=hold", "localhost:"})
    EXPECT_FALSE(parse_dashboard(text)) << text;
}

}  // namespace
}  // namespace gdbhub::net
