// qXfer:osdata: what "info os" shows.
#pragma once

#include <string>
#include <string_view>

namespace gdbhub::gdb {

/// The `<osdata>` document for an annex: "processes", "threads" …; empty or "types" for the list of these. An
/// empty string for an annex that is not known, as gdb expects it. It reads /proc anew at each call, which
/// takes milliseconds, and what it finds changes: a client that fetches it in windows must be served all of
/// them from one call.
std::string osdata(std::string_view annex);

}  // namespace gdbhub::gdb
