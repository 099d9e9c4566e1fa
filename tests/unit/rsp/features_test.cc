#include "rsp/features.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

TEST(ClientFeatures, ReadsTheListOfGdb17) {
  const ClientFeatures features = parse_client_features(
      "multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;"
      "QThreadEvents+;QThreadOptions+;no-resumed+;memory-tagging+;error-message+;xmlRegisters=i386");
  ClientFeatures all;
  all.multiprocess = all.swbreak = all.hwbreak = all.fork_events = all.vfork_events = all.exec_events = true;
  all.vcont_supported = all.thread_events = all.thread_options = all.no_resumed = all.error_message = true;
  all.relocate_instruction = all.memory_tagging = all.xml_registers = true;
  EXPECT_EQ(features, all);
}

TEST(ClientFeatures, ReadsTheListOfLldb) {
  const ClientFeatures features =
      parse_client_features("xmlRegisters=i386,arm,mips,arc;multiprocess+;fork-events+;vfork-events+");
  EXPECT_TRUE(features.xml_registers && features.multiprocess && features.fork_events &&
              features.vfork_events);
  EXPECT_FALSE(features.swbreak);
}

TEST(ClientFeatures, IgnoresWhatIsDeniedUnknownOrMalformed) {
  EXPECT_EQ(parse_client_features("multiprocess-;swbreak?;hwbreak;unknown+;;+;xmlRegisters=arm;xmlRegisters"),
            ClientFeatures{});
  EXPECT_EQ(parse_client_features(""), ClientFeatures{});
}

}  // namespace
}  // namespace gdbhub::rsp
