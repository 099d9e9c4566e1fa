// Writes a FakeProgram as a static executable, so that the real kernel runs the same bytes as the fake one.
#pragma once

#include <string>

#include "gdbhub/result.h"
#include "tests/support/fake_program.h"

namespace gdbhub::test {

/// The executable's bytes: text and data at their fixed addresses, entry at the start of the text.
Bytes elf_image(const FakeProgram& program);
/// Writes it to `path`, with mode 0755.
Result<> write_elf(const FakeProgram& program, const std::string& path);

}  // namespace gdbhub::test
