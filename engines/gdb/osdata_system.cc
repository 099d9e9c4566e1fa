// "info os": processors, modules, sockets and System V IPC.
#include <arpa/inet.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>
#include <sstream>

#include "engines/gdb/osdata_sources.h"
#include "engines/gdb/osdata_tables.h"

namespace gdbhub::gdb {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream text(text_of_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

unsigned long number(const std::string& digits, int base = 10) {
  return std::strtoul(digits.c_str(), nullptr, base);
}

// ---- tables with a line for each row and a word for each column -----------------------------------------

struct Column {
  std::string_view name;
  std::string (*show)(const std::string& word) = nullptr;  ///< null: as it is
};

std::string show_user(const std::string& word) {
  return user_name(static_cast<uid_t>(number(word)));
}
std::string show_group(const std::string& word) {
  return group_name(static_cast<gid_t>(number(word)));
}
std::string show_command(const std::string& word) {
  return command_name(static_cast<int>(number(word)));
}
std::string show_time(const std::string& word) {
  const auto time = static_cast<std::time_t>(number(word));
  char text[26];
  return time == 0 || ::ctime_r(&time, text) == nullptr ? std::string{} : trimmed(text);
}

constexpr Column kModules[] = {{"name"}, {"size"}, {"num uses"}, {"dependencies"}, {"status"}, {"address"}};

constexpr Column kSharedMemory[] = {{"key"},
                                    {"shmid"},
                                    {"permissions"},
                                    {"size"},
                                    {"creator command", show_command},
                                    {"last op. command", show_command},
                                    {"num attached"},
                                    {"user", show_user},
                                    {"group", show_group},
                                    {"creator user", show_user},
                                    {"creator group", show_group},
                                    {"last shmat() time", show_time},
                                    {"last shmdt() time", show_time},
                                    {"last shmctl() time", show_time}};

constexpr Column kSemaphores[] = {{"key"},
                                  {"semid"},
                                  {"permissions"},
                                  {"num semaphores"},
                                  {"user", show_user},
                                  {"group", show_group},
                                  {"creator user", show_user},
                                  {"creator group", show_group},
                                  {"last semop() time", show_time},
                                  {"last semctl() time", show_time}};

constexpr Column kMessageQueues[] = {{"key"},
                                     {"msqid"},
                                     {"permissions"},
                                     {"num used bytes"},
                                     {"num messages"},
                                     {"last msgsnd() command", show_command},
                                     {"last msgrcv() command", show_command},
                                     {"user", show_user},
                                     {"group", show_group},
                                     {"creator user", show_user},
                                     {"creator group", show_group},
                                     {"last msgsnd() time", show_time},
                                     {"last msgrcv() time", show_time},
                                     {"last msgctl() time", show_time}};

OsTable columns_of(const std::string& path, std::string_view type, std::span<const Column> columns,
                   std::size_t skip) {
  OsTable table{type};
  const auto lines = lines_of(path);
  for (std::size_t line = skip; line < lines.size(); ++line) {
    const auto words = words_of(lines[line]);
    if (words.size() < columns.size()) continue;
    auto& row = table.rows.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i)
      row.push_back({std::string(columns[i].name), columns[i].show ? columns[i].show(words[i]) : words[i]});
  }
  return table;
}

// ---- sockets -------------------------------------------------------------------------------------------

struct SocketFile {
  const char* path;
  const char* family;
  const char* protocol;
};
constexpr SocketFile kSocketFiles[] = {{"/proc/net/tcp", "INET", "STREAM"},
                                       {"/proc/net/tcp6", "INET6", "STREAM"},
                                       {"/proc/net/udp", "INET", "DGRAM"},
                                       {"/proc/net/udp6", "INET6", "DGRAM"}};

constexpr const char* kStates[] = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                   "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                   "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};

/// "0100007F:A733": words of the address as this processor stores them, and the port.
std::pair<std::string, std::string> endpoint(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == text.npos || (colon != 8 && colon != 32)) return {"?", "?"};
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i)
    words[i] = static_cast<std::uint32_t>(number(text.substr(8 * i, 8), 16));
  char address[INET6_ADDRSTRLEN] = "?";
  ::inet_ntop(colon == 8 ? AF_INET : AF_INET6, words.data(), address, sizeof address);
  return {address, std::to_string(number(text.substr(colon + 1), 16))};
}

void append_sockets(OsTable& table, const SocketFile& file) {
  constexpr std::size_t kLocal = 1, kRemote = 2, kState = 3, kUser = 7;
  for (const std::string& line : lines_of(file.path)) {
    const auto words = words_of(line);
    if (words.size() <= kUser || !words[0].ends_with(':')) continue;  // the headline
    const auto [local, local_port] = endpoint(words[kLocal]);
    const auto [remote, remote_port] = endpoint(words[kRemote]);
    const auto state = number(words[kState], 16);
    table.rows.push_back({{"local address", local},
                          {"local port", local_port},
                          {"remote address", remote},
                          {"remote port", remote_port},
                          {"state", state < std::size(kStates) ? kStates[state] : words[kState]},
                          {"user", show_user(words[kUser])},
                          {"family", file.family},
                          {"protocol", file.protocol}});
  }
}

}  // namespace

OsTable os_cpus() {
  OsTable table{"cpus"};
  for (const std::string& line : lines_of("/proc/cpuinfo")) {
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    std::string name = trimmed(line.substr(0, colon));
    if (name == "processor") table.rows.emplace_back();
    if (!table.rows.empty()) table.rows.back().push_back({std::move(name), trimmed(line.substr(colon + 1))});
  }
  return table;
}

OsTable os_modules() {
  return columns_of("/proc/modules", "modules", kModules, 0);
}
OsTable os_shared_memory() {
  return columns_of("/proc/sysvipc/shm", "shared memory", kSharedMemory, 1);
}
OsTable os_semaphores() {
  return columns_of("/proc/sysvipc/sem", "semaphores", kSemaphores, 1);
}
OsTable os_message_queues() {
  return columns_of("/proc/sysvipc/msg", "message queues", kMessageQueues, 1);
}

OsTable os_sockets() {
  OsTable table{"I sockets"};
  for (const SocketFile& file : kSocketFiles) append_sockets(table, file);
  return table;
}

}  // namespace gdbhub::gdb
