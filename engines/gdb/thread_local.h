// Where a thread-local variable is (qGetTLSAddr).
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::gdb {

/// glibc describes its thread structures to debuggers by variables of its own, whatever its version (nptl_db). The client, which
/// has the symbols, says where they are (qSymbol). For one process.
class ThreadLocalLayout {
 public:
  /// The variable whose address is still to be asked for.
  std::optional<std::string_view> unknown() const;
  /// Takes the client's answer. Other names are ignored.
  void learn(std::string_view name, Address at);

  using Read = std::function<std::size_t(Address, MutableByteSpan)>;
  /// `thread` is the thread pointer (fs_base), `link_map` the library's, `offset` the variable's in the library's block. NotFound when
  /// the layout is not known, or the thread has no such block (yet); BadMemory.
  Result<Address> find(Address thread, Address link_map, std::uint64_t offset, const Read& read) const;

 private:
  enum Variable { ModuleOfLinkMap, VectorOfThread, Slots, BlockOfSlot, CounterOfSlot, Count };
  static constexpr std::array<std::string_view, Count> names = {
      "_thread_db_link_map_l_tls_modid", "_thread_db_pthread_dtvp", "_thread_db_dtv_dtv",
      "_thread_db_dtv_t_pointer_val", "_thread_db_dtv_t_counter"};

  std::array<std::optional<Address>, Count> variables_;
};

}  // namespace gdbhub::gdb
