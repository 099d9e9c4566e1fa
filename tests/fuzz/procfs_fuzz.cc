// libFuzzer target: the parsers of /proc on arbitrary bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "arch/procfs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub;
  const ByteSpan bytes(data, size);
  const std::string_view text = text_of(bytes);
  for (const arch::Mapping& mapping : arch::parse_maps(text)) {
    if (mapping.range.end() < mapping.range.begin || mapping.path.find('\n') != std::string::npos)
      std::abort();
  }
  if (const auto stat = arch::parse_stat(text); stat && stat->name.size() > size) std::abort();
  if (const auto status = arch::parse_status(text); status && status->process.value <= 0) std::abort();
  if (arch::parse_auxv(bytes).size() > size / 16) std::abort();
  return 0;
}
