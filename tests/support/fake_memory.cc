#include "tests/support/fake_memory.h"

#include <algorithm>
#include <cstdio>

namespace gdbhub::test {
namespace {

std::uint64_t pages_in(AddressRange range) {
  const std::uint64_t first = range.begin.value / kPageSize;
  const std::uint64_t last = (range.end().value + kPageSize - 1) / kPageSize;
  return last - first;
}

}  // namespace

void FakeMemory::map(AddressRange range, Protection protection, const std::string& name) {
  const std::uint64_t first = page_of(range.begin);
  for (std::uint64_t i = 0; i < pages_in(range); ++i) pages_[first + i] = Page{protection, name, {}};
}

void FakeMemory::unmap(AddressRange range) {
  const std::uint64_t first = page_of(range.begin);
  pages_.erase(pages_.lower_bound(first), pages_.lower_bound(first + pages_in(range)));
}

bool FakeMemory::any_mapped(AddressRange range) const {
  const std::uint64_t first = page_of(range.begin);
  const auto found = pages_.lower_bound(first);
  return found != pages_.end() && found->first < first + pages_in(range);
}

Address FakeMemory::find_free(Address from, std::uint64_t size) const {
  Address at{page_of(from) * kPageSize};
  while (any_mapped({at, size})) at = at + kPageSize;
  return at;
}

std::size_t FakeMemory::peek(Address from, MutableByteSpan to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const Address at = from + done;
    const auto page = pages_.find(page_of(at));
    if (page == pages_.end()) break;
    const std::size_t offset = at.value % kPageSize;
    const std::size_t count = std::min<std::size_t>(to.size() - done, kPageSize - offset);
    std::copy_n(page->second.bytes.begin() + static_cast<std::ptrdiff_t>(offset), count,
                to.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
  return done;
}

std::size_t FakeMemory::poke(Address to, ByteSpan from) {
  std::size_t done = 0;
  while (done < from.size()) {
    const Address at = to + done;
    const auto page = pages_.find(page_of(at));
    if (page == pages_.end()) break;
    const std::size_t offset = at.value % kPageSize;
    const std::size_t count = std::min<std::size_t>(from.size() - done, kPageSize - offset);
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(done), count,
                page->second.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    done += count;
  }
  return done;
}

std::optional<Address> FakeMemory::check(Address from, std::size_t size, Access access) const {
  Address at = from;
  for (std::size_t left = size; left != 0;) {
    const auto page = pages_.find(page_of(at));
    if (page == pages_.end()) return at;
    const Protection& allowed = page->second.protection;
    const bool ok = access == Access::Read    ? allowed.read
                    : access == Access::Write ? allowed.write
                                              : allowed.execute;
    if (!ok) return at;
    const std::size_t count = std::min<std::size_t>(left, kPageSize - at.value % kPageSize);
    at = at + count;
    left -= count;
  }
  return std::nullopt;
}

std::string FakeMemory::maps() const {
  std::string text;
  for (auto page = pages_.begin(); page != pages_.end();) {
    auto end = std::next(page);
    std::uint64_t next = page->first + 1;
    while (end != pages_.end() && end->first == next && end->second.name == page->second.name &&
           end->second.protection == page->second.protection) {
      ++end;
      ++next;
    }
    const Protection& allowed = page->second.protection;
    char line[128];
    std::snprintf(line, sizeof line, "%08llx-%08llx %c%c%cp 00000000 00:00 0 ",
                  static_cast<unsigned long long>(page->first * kPageSize),
                  static_cast<unsigned long long>(next * kPageSize), allowed.read ? 'r' : '-',
                  allowed.write ? 'w' : '-', allowed.execute ? 'x' : '-');
    text += line;
    if (!page->second.name.empty()) text += "                         " + page->second.name;
    text += '\n';
    page = end;
  }
  return text;
}

}  // namespace gdbhub::test
