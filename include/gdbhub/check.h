// For our own bugs only: a broken invariant ends the hub at once, in every build. User mistakes are Errors.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts with the place and the condition. With PTRACE_O_EXITKILL unset on attached tracees the kernel lets them go.
#define GDBHUB_CHECK(condition)                                                                    \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "gdbhub: %s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);   \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)
