// What stands at an address of a process, and who has called a thread: by libdw, which unwinds by CFI, without frame pointers.
#pragma once

#include <cstddef>
#include <vector>

#include "gdbhub/code.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

// Both read the files that the process has mapped, which takes milliseconds to seconds: not for the tracer thread. They are for any
// thread, and do nothing to the process.

/// What stands at each address, in their order.
Result<std::vector<CodeSpot>> describe_code(Pid pid, const std::vector<Address>& addresses);

/// The innermost frame first: where the thread stood; then the calls that have led there, by their return addresses. Ends where the
/// sample or the unwind tables do, or after `most`.
Result<std::vector<CodeSpot>> callers_of(const StackSample& sample, std::size_t most);

}  // namespace gdbhub::arch
