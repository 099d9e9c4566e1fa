// "info os": processes, process groups, threads, files.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "engines/gdb/osdata_sources.h"
#include "engines/gdb/osdata_tables.h"

namespace gdbhub::gdb {
namespace {

std::string proc(int pid) {
  return "/proc/" + std::to_string(pid);
}

/// The fields of a stat file from the third on: the second may hold anything. Empty when the task is gone.
std::vector<std::string> stat_fields(const std::string& folder) {
  const std::string text = text_of_file(folder + "/stat");
  const auto name_end = text.rfind(')');
  return name_end == text.npos ? std::vector<std::string>{}
                               : words_of(std::string_view(text).substr(name_end + 1));
}

/// A field by its number in proc(5); empty when there is none.
std::string stat_field(const std::string& folder, std::size_t number) {
  const auto fields = stat_fields(folder);
  return number - 3 < fields.size() ? fields[number - 3] : std::string{};
}
constexpr std::size_t kProcessGroup = 5, kProcessor = 39;

/// With arguments; "[name]" for what has none: a kernel thread, a zombie.
std::string command_line(int pid) {
  std::string line = text_of_file(proc(pid) + "/cmdline");
  std::replace(line.begin(), line.end(), '\0', ' ');
  line = trimmed(line);
  return line.empty() ? "[" + command_name(pid) + "]" : line;
}

std::string owner(int pid) {
  const std::string status = text_of_file(proc(pid) + "/status");
  const auto at = status.find("\nUid:");
  return at == status.npos
             ? "?"
             : user_name(static_cast<uid_t>(std::strtoul(status.c_str() + at + 5, nullptr, 10)));
}

/// The processors on which its threads last ran: "0,3".
std::string processors(int pid) {
  std::set<int> numbers;
  for (int tid : numbers_in(proc(pid) + "/task")) {
    const std::string number = stat_field(proc(pid) + "/task/" + std::to_string(tid), kProcessor);
    if (!number.empty()) numbers.insert(std::atoi(number.c_str()));
  }
  std::string list;
  for (int number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
  return list;
}

/// Where an open file leads; its number when that cannot be seen.
std::string file_name(int pid, int number) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(proc(pid) + "/fd/" + std::to_string(number), error);
  return error ? std::to_string(number) : target.string();
}

}  // namespace

OsTable os_processes() {
  OsTable table{"processes"};
  for (int pid : numbers_in("/proc")) {
    std::string cores = processors(pid);
    if (cores.empty()) continue;  // gone
    table.rows.push_back({{"pid", std::to_string(pid)},
                          {"user", owner(pid)},
                          {"command", command_line(pid)},
                          {"cores", std::move(cores)}});
  }
  return table;
}

OsTable os_process_groups() {
  struct Member {
    int group;
    bool follows;  ///< is not the leader, which comes first
    int pid;
    auto operator<=>(const Member&) const = default;
  };
  std::vector<Member> members;
  for (int pid : numbers_in("/proc")) {
    const int group = std::atoi(stat_field(proc(pid), kProcessGroup).c_str());
    if (group > 0) members.push_back({group, group != pid, pid});  // 0: the kernel's threads
  }
  std::sort(members.begin(), members.end());
  OsTable table{"process groups"};
  for (const Member& member : members) {
    table.rows.push_back({{"pgid", std::to_string(member.group)},
                          {"leader command", command_name(member.group)},
                          {"pid", std::to_string(member.pid)},
                          {"command line", command_line(member.pid)}});
  }
  return table;
}

OsTable os_threads() {
  OsTable table{"threads"};
  for (int pid : numbers_in("/proc")) {
    const std::string command = command_name(pid);
    for (int tid : numbers_in(proc(pid) + "/task")) {
      table.rows.push_back({{"pid", std::to_string(pid)},
                            {"command", command},
                            {"tid", std::to_string(tid)},
                            {"core", stat_field(proc(pid) + "/task/" + std::to_string(tid), kProcessor)}});
    }
  }
  return table;
}

OsTable os_files() {
  OsTable table{"files"};
  for (int pid : numbers_in("/proc")) {
    const std::string command = command_name(pid);
    for (int number : numbers_in(proc(pid) + "/fd")) {
      table.rows.push_back({{"pid", std::to_string(pid)},
                            {"command", command},
                            {"file descriptor", std::to_string(number)},
                            {"name", file_name(pid, number)}});
    }
  }
  return table;
}

}  // namespace gdbhub::gdb
