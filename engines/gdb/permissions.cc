#include "engines/gdb/permissions.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "rsp/reader.h"

namespace gdbhub::gdb {
namespace {

struct Row {
  std::string_view name;  ///< in QAllow
  std::optional<Permission> permission;
  std::string_view what = {};  ///< the client may not …
};
/// There are no tracepoints here to insert.
constexpr Row rows[] = {
    {"WriteReg", Permission::WriteRegisters, "write registers"},
    {"WriteMem", Permission::WriteMemory, "write memory"},
    {"InsertBreak", Permission::InsertBreakpoints, "insert breakpoints"},
    {"Stop", Permission::Stop, "stop threads"},
    {"InsertTrace", std::nullopt},
    {"InsertFastTrace", std::nullopt},
};

}  // namespace

std::optional<Permissions> Permissions::changed_by(std::string_view settings) const {
  Permissions changed = *this;
  rsp::Reader reader(settings);
  while (!reader.done()) {
    rsp::Reader setting(reader.until(';'));
    const std::string_view name = setting.until(':');
    const auto row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& r) { return r.name == name; });
    const std::string_view value = setting.rest();
    if (row == std::end(rows) || (value != "0" && value != "1")) return std::nullopt;
    if (row->permission) changed.denied_.set(static_cast<std::size_t>(*row->permission), value == "0");
  }
  return changed;
}

Result<> Permissions::check(Permission permission, bool observer) const {
  if (!observer && !denied_.test(static_cast<std::size_t>(permission))) return {};
  const auto row = std::find_if(std::begin(rows), std::end(rows), [=](const Row& r) { return r.permission == permission; });
  return Error{ErrorCode::NotPermitted, 0,
               observer ? "observers may not " + std::string(row->what)
                        : "this client is not to " + std::string(row->what) + ", by its own setting (QAllow)"};
}

}  // namespace gdbhub::gdb
