// Clears up after a test that could not: one that was killed, say by a timeout.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "gdbhub/unique_fd.h"

namespace gdbhub::test {

/// When the test's process ends and the folder is still there, kills the programs in it that run, children that they have forked
/// included, and removes it. A process of its own, and nobody's child, so that no wait of the test sees it.
class Guardian {
 public:
  explicit Guardian(const std::string& folder) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const UniqueFd until_closed(ends[0]);
    held_ = UniqueFd(ends[1]);
    constexpr int kWatched = 3;
    const char* const script =
        "(read -r line; [ -d \"$0\" ] || exit; for p in /proc/[0-9]*; do case $(readlink $p/exe) in \"$0\"/*) kill -9 ${p#/proc/};; esac; done;"
        " rm -rf \"$0\") <&3 3<&- >/dev/null 2>&1 &";
    char* const argv[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(script),
                          const_cast<char*>(folder.c_str()), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, until_closed.get(), kWatched);
    pid_t shell = 0;
    const int failed = ::posix_spawn(&shell, "/bin/sh", &actions, nullptr, argv, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0 || ::waitpid(shell, nullptr, 0) != shell) throw std::runtime_error("spawn");
  }

 private:
  UniqueFd held_;  ///< the other end of what the shell reads
};

}  // namespace gdbhub::test
