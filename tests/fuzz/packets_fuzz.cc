// Every parser of payloads on any bytes; what is accepted is used as an engine would use it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gdbhub/check.h"
#include "rsp/agent_expr.h"
#include "rsp/breakpoint_request.h"
#include "rsp/features.h"
#include "rsp/file_io.h"
#include "rsp/hex.h"
#include "rsp/thread_id.h"
#include "rsp/vcont.h"
#include "rsp/xfer.h"

namespace gdbhub::rsp {
namespace {

/// Registers and memory without an end, except for the zero page.
class Context : public AgentContext {
 public:
  std::optional<std::uint64_t> read_register(unsigned number) override {
    return number < 24 ? std::optional<std::uint64_t>(number * 0x1001) : std::nullopt;
  }
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    if (from.value < 0x1000) return 0;
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<Byte>((from + i).value % 61);
    return to.size();
  }
  void emit(std::string_view text) override { printed += text.size(); }

  std::size_t printed = 0;
};

void run_agent(ByteSpan code) {
  const auto program = AgentProgram::compile(code);
  if (!program) return;
  Context context;
  (void)evaluate(*program, context, 500);
  GDBHUB_CHECK(context.printed <= kMaxAgentOutput);
}

void run_breakpoint(std::string_view packet) {
  const auto request = parse_breakpoint_request(packet);
  if (!request) return;
  for (const Bytes& code : request->conditions) run_agent(code);
  for (const Bytes& code : request->commands) run_agent(code);
}

void run_resume(std::string_view packet) {
  if (const auto items = parse_vcont(packet)) {
    GDBHUB_CHECK(!items->empty());
    const ResumeItem* item = action_for(*items, Pid{1}, Tid{1});
    GDBHUB_CHECK(!item || item->threads.matches(Pid{1}, Tid{1}));
  }
  (void)parse_legacy_resume(packet);
}

void run_encodings(std::string_view packet) {
  const ByteSpan bytes = bytes_of(packet);
  GDBHUB_CHECK(std::ranges::equal(*from_hex(to_hex(bytes)), bytes));
  std::string escaped;
  append_escaped(escaped, bytes);
  GDBHUB_CHECK(std::ranges::equal(*unescape(escaped), bytes));
  (void)unescape(packet);
  (void)from_hex(packet);
  GDBHUB_CHECK(run_length_encode(packet).size() <= packet.size());
}

void run_xfer(std::string_view packet) {
  const auto request = parse_xfer(packet);
  if (!request) return;
  const auto reply = xfer_window(packet, request->offset, request->length);
  GDBHUB_CHECK(!reply.empty() && reply.size() <= 1 + 2 * packet.size() + 2);
}

}  // namespace
}  // namespace gdbhub::rsp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub::rsp;
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  run_agent({data, size});
  run_breakpoint(packet);
  run_resume(packet);
  run_encodings(packet);
  run_xfer(packet);
  (void)parse_client_features(packet);
  if (const auto pattern = ThreadPattern::parse(packet))
    (void)pattern->matches(gdbhub::Pid{1}, gdbhub::Tid{1});
  if (const auto number = Reader(packet).hex()) {
    (void)host_open_flags(*number);
    (void)host_mode(*number);
  }
  return 0;
}
