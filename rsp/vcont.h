// Requests to resume: vCont, and the older c, C, s and S.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"
#include "rsp/thread_id.h"

namespace gdbhub::rsp {

/// One action of a vCont and the threads that it is for.
struct ResumeItem {
  enum class Kind {
    Continue,
    Step,
    RangeStep,  ///< step until the pc leaves `range`
    Stop,
  };
  Kind kind = Kind::Continue;
  int signal = 0;        ///< GDB's number; 0: none
  AddressRange range{};  ///< with RangeStep
  ThreadPattern threads{};
};

/// `actions` is what follows "vCont": `;s:p1.2;c`. At least one item. InvalidArgument for anything malformed.
Result<std::vector<ResumeItem>> parse_vcont(std::string_view actions);

/// The leftmost item that is for the thread; null when the vCont leaves it as it is.
const ResumeItem* action_for(std::span<const ResumeItem> items, Pid pid, Tid tid);

/// A `c`, `C`, `s` or `S` packet: for the thread that `Hc` chose.
struct LegacyResume {
  ResumeItem::Kind kind = ResumeItem::Kind::Continue;  ///< Continue or Step
  int signal = 0;                                      ///< GDB's number; 0: none
  std::optional<Address> address;                      ///< where to go on; else at the pc
};

/// `packet` is all of it: `c`, `s4005d0`, `C0b`, `S0b;4005d0`.
Result<LegacyResume> parse_legacy_resume(std::string_view packet);

}  // namespace gdbhub::rsp
