// qXfer: objects read and written in windows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::rsp {

/// `qXfer:features:read:target.xml:0,ffb` or `qXfer:siginfo:write::0:…`.
struct XferRequest {
  std::string object;
  bool write = false;
  std::string annex;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  ///< read: the most that the client wants
  Bytes data;                ///< write
};

/// `request` is what follows "qXfer:".
Result<XferRequest> parse_xfer(std::string_view request);

/// The reply to a read of the whole `object`: `m` and some data, or `l` and the last. With escapes, the data
/// is no longer than `length` (but 2 at least), so that it fits the client's packet. `E01` for an offset past
/// the end.
std::string xfer_window(ByteSpan object, std::uint64_t offset, std::uint64_t length);
std::string xfer_window(std::string_view object, std::uint64_t offset, std::uint64_t length);

}  // namespace gdbhub::rsp
