// What libelfin takes for granted about an ELF file, checked before libelfin sees it.
#pragma once

#include "arch/file_image.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// Whether the headers and symbol tables are well formed: an ELF64 little-endian file, tables within the
/// file, symbol tables of whole entries, linked to a terminated string table. InvalidArgument with the reason
/// otherwise. All parts of the file that libelfin reads for symbols are in `image` afterwards.
Result<> check_elf(FileImage& image);

}  // namespace gdbhub::arch
