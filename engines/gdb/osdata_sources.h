// Small pieces of /proc and of the user database, for the tables of "info os".
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace gdbhub::gdb {

/// The whole file; empty when it cannot be read.
std::string text_of_file(const std::string& path);
/// The words between blanks and line ends.
std::vector<std::string> words_of(std::string_view text);
/// Without blanks and line ends around it.
std::string trimmed(std::string_view text);
/// The entries of a folder of /proc that are numbers, in ascending order.
std::vector<int> numbers_in(const std::string& folder);

/// The short name of a process; its number when it is gone.
std::string command_name(int pid);
/// The name of a user or group; the number when it has none.
std::string user_name(uid_t user);
std::string group_name(gid_t group);

}  // namespace gdbhub::gdb
