#include "engines/core/scratch.h"

#include <elf.h>

#include <algorithm>

#include "gdbhub/procfs.h"

namespace gdbhub::core {
namespace {

constexpr std::uint64_t reach = 1ull << 30;       // half of what rip-relative operands have
constexpr std::uint64_t lowest = 1ull << 16;      // vm.mmap_min_addr
constexpr std::uint64_t page_size = 4096;
constexpr std::uint64_t user_end = 1ull << 47;
constexpr std::uint64_t margin = 1ull << 20;      // leaves room for the heap and for stacks to grow

std::optional<Address> auxiliary_value(Kernel& kernel, Pid pid, std::uint64_t wanted) {
  const Result<Bytes> auxv = kernel.proc_file(pid, "auxv");
  if (!auxv) return std::nullopt;
  for (const auto& [type, value] : parse_auxv(*auxv))
    if (type == wanted) return Address{value};
  return std::nullopt;
}

}  // namespace

std::optional<Address> find_gap(Kernel& kernel, Pid pid, Address near) {
  const Result<Bytes> text = kernel.proc_file(pid, "maps");
  if (!text) return std::nullopt;
  const std::uint64_t low = near.value > reach + lowest ? near.value - reach : lowest;
  const std::uint64_t high = std::min(near.value + reach, user_end);

  std::optional<Address> best;
  const auto distance = [near](Address a) { return std::min(a - near, near - a); };
  const auto consider = [&](std::uint64_t gap_begin, std::uint64_t gap_end) {
    const std::uint64_t begin = std::max(gap_begin, low), end = std::min(gap_end, high);
    if (begin >= end || end - begin < 2 * margin + CopySlots::region_size) return;
    for (const Address start : {Address{begin + margin}, Address{end - margin - CopySlots::region_size}}) {
      const Address aligned{start.value & ~(page_size - 1)};
      if (!best || distance(aligned) < distance(*best)) best = aligned;
    }
  };
  std::uint64_t previous_end = lowest;
  for (const Mapping& mapping : parse_maps(text_of(*text))) {
    consider(previous_end, mapping.range.begin.value);
    previous_end = std::max(previous_end, mapping.range.end().value);
  }
  consider(previous_end, user_end);
  return best;
}

std::optional<Address> find_syscall_site(Kernel& kernel, const Isa& isa, Pid pid, const AddressSpace& space) {
  const std::optional<Address> vdso = auxiliary_value(kernel, pid, AT_SYSINFO_EHDR);
  if (!vdso) return std::nullopt;
  Bytes image(2 * page_size);
  image.resize(space.read(*vdso, image));
  const ByteSpan call = isa.syscall_instruction();
  const auto found = std::search(image.begin(), image.end(), call.begin(), call.end());
  if (found == image.end()) return std::nullopt;
  return *vdso + static_cast<std::uint64_t>(found - image.begin());
}

std::optional<Address> find_entry(Kernel& kernel, Pid pid) { return auxiliary_value(kernel, pid, AT_ENTRY); }

}  // namespace gdbhub::core
