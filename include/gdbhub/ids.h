// Identities, each a type of its own so that a process id cannot be passed as a thread id.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace gdbhub {

/// An integer that stands for one kind of thing only. Regular, hashable, ordered by value (the order
/// means nothing for kernel ids: pid_max can be 32,768 and ids wrap).
template <class Tag, class Rep>
struct StrongId {
  Rep value{};

  constexpr explicit operator bool() const { return value != Rep{}; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

/// A thread group, by the id of its leader, as the hub's own pid namespace sees it.
using Pid = StrongId<struct PidTag, int>;
/// One kernel task.
using Tid = StrongId<struct TidTag, int>;
/// One engine for as long as it is connected to the hub; never used twice. 0 is the hub itself.
using EngineId = StrongId<struct EngineIdTag, std::uint32_t>;

/// The leader of a thread group has the group's id.
constexpr Tid leader_of(Pid pid) { return Tid{pid.value}; }

}  // namespace gdbhub

template <class Tag, class Rep>
struct std::hash<gdbhub::StrongId<Tag, Rep>> {
  std::size_t operator()(gdbhub::StrongId<Tag, Rep> id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
