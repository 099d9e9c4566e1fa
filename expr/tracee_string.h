// Zero-terminated strings in a tracee.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::expr {

/// Reads tracee memory; returns how many bytes from the front were read.
using ReadMemory = std::function<std::size_t(Address, MutableByteSpan)>;

/// The longest string that is looked at.
constexpr std::size_t kMaxString = 4096;

/// The string at `from`, cut off after `most` bytes; "(null)" for the null pointer. BadMemory.
Result<std::string> tracee_string(Address from, std::size_t most, const ReadMemory& read);

}  // namespace gdbhub::expr
