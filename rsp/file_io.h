// The File-I/O protocol's own view of files, as vFile packets use it. Pure conversions: nothing is opened
// here.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "gdbhub/bytes.h"

namespace gdbhub::rsp {

/// open(2) flags for the protocol's. nullopt for bits that it does not define.
std::optional<int> host_open_flags(std::uint64_t flags);
/// A mode for open(2): the permission bits. nullopt for anything but those and the type "regular file".
std::optional<mode_t> host_mode(std::uint64_t mode);
/// st_mode for the wire: permissions, and the type where the protocol has one.
std::uint32_t file_mode(mode_t host);
/// The protocol's number for an errno; EUNKNOWN (9999) for those that it lacks.
int file_errno(int host);

/// struct stat on the wire: 64 bytes, big-endian. What does not fit in a 32-bit field is cut off.
using FileStat = std::array<Byte, 64>;
FileStat file_stat(const struct stat& host);

/// `F<result>`
std::string file_result(std::uint64_t result);
/// `F-1,<errno>`; `host` is an errno of ours.
std::string file_error(int host);
/// `F<length>;<data>`, the data escaped.
std::string file_data(ByteSpan data);

}  // namespace gdbhub::rsp
