#include "engines/gdb/osdata.h"

#include "engines/gdb/osdata_tables.h"
#include "engines/gdb/xml.h"

namespace gdbhub::gdb {
namespace {

struct Entry {
  std::string_view annex;
  std::string_view title;
  std::string_view description;
  OsTable (*make)();
};

constexpr Entry kEntries[] = {
    {"cpus", "CPUs", "Listing of all cpus/cores on the system", os_cpus},
    {"files", "File descriptors", "Listing of all file descriptors", os_files},
    {"modules", "Kernel modules", "Listing of all loaded kernel modules", os_modules},
    {"msg", "Message queues", "Listing of all message queues", os_message_queues},
    {"processes", "Processes", "Listing of all processes", os_processes},
    {"procgroups", "Process groups", "Listing of all process groups", os_process_groups},
    {"semaphores", "Semaphores", "Listing of all semaphores", os_semaphores},
    {"shm", "Shared-memory regions", "Listing of all shared-memory regions", os_shared_memory},
    {"sockets", "Sockets", "Listing of all internet-domain sockets", os_sockets},
    {"threads", "Threads", "Listing of all threads", os_threads},
};

OsTable types() {
  OsTable table{"types"};
  for (const Entry& entry : kEntries) {
    table.rows.push_back({{"Type", std::string(entry.annex)},
                          {"Description", std::string(entry.description)},
                          {"Title", std::string(entry.title)}});
  }
  return table;
}

std::string document(const OsTable& table) {
  std::string xml = "<osdata type=\"" + std::string(table.type) + "\">\n";
  for (const auto& row : table.rows) {
    xml += "<item>";
    for (const auto& cell : row)
      xml += "<column name=\"" + xml_escaped(cell.column) + "\">" + xml_escaped(cell.value) + "</column>";
    xml += "</item>";
  }
  return xml + "</osdata>\n";
}

}  // namespace

std::string osdata(std::string_view annex) {
  if (annex.empty() || annex == "types") return document(types());
  for (const Entry& entry : kEntries) {
    if (entry.annex == annex) return document(entry.make());
  }
  return {};
}

}  // namespace gdbhub::gdb
