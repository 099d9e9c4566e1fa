// --selftest: what can be checked of this program on this machine without a tracee.
#pragma once

#include <ostream>
#include <string_view>

namespace gdbhub::net {

/// Runs the tests whose names contain `filter`, says which and how they end in the words of gdb's own unit tests, and
/// returns how many have failed.
int run_selftests(std::string_view filter, std::ostream& out);

}  // namespace gdbhub::net
