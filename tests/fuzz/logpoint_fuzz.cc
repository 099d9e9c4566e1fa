// Logpoints and requests of the API on any text: what clients send.
#include <cstddef>
#include <cstdint>

#include "arch/x86_isa.h"
#include "engines/dash/rpc.h"
#include "engines/log/logpoint_spec.h"
#include "engines/log/thread_context.h"
#include "gdbhub/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub;
  static const arch::X86Isa isa;
  static const expr::FindVariable find = log::variables_of(isa);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto spec = log::LogpointSpec::parse(text, find);
  if (spec) {
    GDBHUB_CHECK(!spec->location.empty());
    GDBHUB_CHECK(!spec->format || spec->format->arguments() == spec->values.size());
  } else {
    GDBHUB_CHECK(spec.error().text.find('^') != std::string::npos);
  }
  const auto request = dash::parse_request(text);
  if (const auto* answer = std::get_if<std::string>(&request)) {
    GDBHUB_CHECK(answer->ends_with('}'));
  } else {
    GDBHUB_CHECK(std::get<dash::Request>(request).params.is_object());
    (void)dash::result_text(std::get<dash::Request>(request).id, std::get<dash::Request>(request).params);
  }
  return 0;
}
