// Which protocol does a client speak? Its first bytes tell.
#pragma once

#include <cstddef>
#include <string_view>

namespace gdbhub::net {

enum class Protocol {
  Unknown,    ///< noise so far
  Rsp,        ///< GDB's remote protocol
  JsonLines,  ///< JSON-RPC, one object a line
  Foreign,    ///< surely none of ours: HTTP, TLS
};

struct Sniffed {
  Protocol protocol = Protocol::Unknown;
  std::size_t noise = 0;  ///< bytes before the first one that means something
};

/// Looks at all that has come so far. Noise before the first `$` is tolerated, as RSP wants it.
Sniffed sniff(std::string_view bytes);

}  // namespace gdbhub::net
