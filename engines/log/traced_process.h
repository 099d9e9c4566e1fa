// What a logging client has in one process: the breakpoint that tells of libraries, and those of its
// logpoints.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engines/log/library_watch.h"
#include "gdbhub/hub.h"
#include "gdbhub/symbols.h"

namespace gdbhub::log {

/// One program in one process; begin anew after an exec. Claims are made and removed here and nowhere else,
/// so that two uses of one address do not take each other's away.
class TracedProcess {
 public:
  /// A logpoint's place, or one on the way to it.
  struct Place {
    /// A call of a function that chooses another one: its end tells which.
    struct Call {
      Tid tid;
      std::uint64_t stack = 0;  ///< the stack pointer behind the call
    };

    unsigned logpoint = 0;
    std::string name;  ///< "work", "work+4", "a.c:12": for people
    bool chooses = false;       ///< a function that chooses the logpoint's (IFUNC)
    std::optional<Call> ends{};  ///< where that function returns to
  };

  /// Nothing is owned. `number` is another one for each program; `auxv` is /proc/PID/auxv.
  TracedProcess(Hub& hub, EngineId engine, Pid pid, unsigned number, Bytes auxv)
      : hub_(&hub), engine_(engine), pid_(pid), number_(number), libraries_(std::move(auxv)) {}
  /// The same in a child, which has inherited the claims (A22).
  TracedProcess in_child(Pid child, unsigned number) const;

  /// Tells this program from others that the process runs before and after it.
  unsigned number() const { return number_; }

  /// Reads the linker's lists, and moves the breakpoint that tells of the next change.
  std::vector<LibraryChange> look_at_libraries();
  /// The files that are mapped now and were not at the last call; places in files that are gone are
  /// forgotten.
  std::vector<MappedFile> look_at_files();
  const std::vector<MappedFile>& files() const { return files_; }

  bool maps_file(const MappedFile& file) const;

  /// False when the logpoint has that place already.
  Result<bool> add(Address at, Place place);
  void remove(unsigned logpoint);
  /// One place of it only.
  void remove(unsigned logpoint, Address at);
  /// The logpoints at an address.
  std::vector<Place> at(Address address) const;
  bool has(unsigned logpoint) const;
  /// What a function has chosen, as far as the process tells.
  std::optional<Address> chosen(const CodePlace::Choice& choice) const;
  bool tells_of_libraries(Address at) const { return library_breakpoint_ == at; }

  // -- what is being looked up ------------------------------------------------------------------------
  int questions = 0;        ///< without an answer yet
  std::set<Tid> waiting;    ///< threads held until there are none
  std::set<unsigned> told;  ///< logpoints of whose fate here the client knows

 private:
  ReadMemory reader() const;
  void unclaim_unused(Address at);

  Hub* hub_;
  EngineId engine_;
  Pid pid_;
  unsigned number_;
  LibraryWatch libraries_;
  std::optional<Address> library_breakpoint_;
  std::vector<MappedFile> files_;
  std::multimap<Address, Place> places_;
};

}  // namespace gdbhub::log
