// libFuzzer target: the parsers of /proc on arbitrary bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gdbhub/procfs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub;
  const ByteSpan bytes(data, size);
  const std::string_view text = text_of(bytes);
  for (const Mapping& mapping : parse_maps(text)) {
    if (mapping.range.end() < mapping.range.begin || mapping.path.find('\n') != std::string::npos)
      std::abort();
  }
  if (const auto stat = parse_stat(text); stat && stat->name.size() > size) std::abort();
  if (const auto status = parse_status(text); status && status->process.value <= 0) std::abort();
  if (parse_auxv(bytes).size() > size / 16) std::abort();
  return 0;
}
