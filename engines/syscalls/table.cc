#include "engines/syscalls/table.h"

#include <asm/unistd.h>

#include <algorithm>
#include <utility>

namespace gdbhub::syscalls {
namespace {

using enum Arg;

#define CALL(name, classes, ...) Call{__NR_##name, #name, classes, {__VA_ARGS__}},
constexpr Call table[] = {
#include "engines/syscalls/table.inc"
};
#undef CALL

static_assert(std::is_sorted(std::begin(table), std::end(table),
                             [](const Call& a, const Call& b) { return a.number < b.number; }));

constexpr std::pair<std::string_view, Classes> classes[] = {
    {"desc", Desc},     {"file", File},     {"network", Network}, {"process", Process},
    {"signal", Signals}, {"memory", Memory}, {"ipc", Ipc},
};

}  // namespace

std::span<const Call> calls() { return table; }

const Call* find_call(long number) {
  const auto found = std::lower_bound(std::begin(table), std::end(table), number,
                                      [](const Call& call, long wanted) { return call.number < wanted; });
  return found != std::end(table) && found->number == number ? &*found : nullptr;
}

const Call* find_call(std::string_view name) {
  const auto found = std::find_if(std::begin(table), std::end(table), [=](const Call& call) { return call.name == name; });
  return found != std::end(table) ? &*found : nullptr;
}

std::optional<Classes> find_class(std::string_view name) {
  if (name.starts_with('%')) name.remove_prefix(1);
  for (const auto& [word, bits] : classes)
    if (word == name) return bits;
  return std::nullopt;
}

}  // namespace gdbhub::syscalls
