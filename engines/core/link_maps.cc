#include "engines/core/link_maps.h"

#include <elf.h>
#include <limits.h>

#include <algorithm>
#include <cstring>

namespace gdbhub::core {
namespace {

// The linker's structures as a 64-bit process has them. <link.h> has them only for the hub's own C library,
// and without what newer ones add.
struct RDebug {
  std::int32_t version;
  std::int32_t padding;
  std::uint64_t map;
  std::uint64_t brk;
  std::int32_t state;
  std::int32_t padding2;
  std::uint64_t ldbase;
};
constexpr std::uint64_t kNextNamespace = sizeof(RDebug);  ///< r_next, since r_version 2
constexpr std::size_t kMaxNamespaces = 64;                ///< glibc has 16

struct LinkMap {
  std::uint64_t addr;
  std::uint64_t name;
  std::uint64_t ld;
  std::uint64_t next;
  std::uint64_t prev;
};

template <class T>
std::optional<T> read_object(const ReadMemory& read, Address at) {
  T object;
  if (read(at, writable_bytes_of(object)) != sizeof object) return std::nullopt;
  return object;
}

/// The objects of an array; those before the first that cannot be read.
template <class T>
std::vector<T> read_array(const ReadMemory& read, Address at, std::uint64_t count) {
  std::vector<T> array(count);
  const std::size_t size =
      read(at, {reinterpret_cast<Byte*>(array.data()), static_cast<std::size_t>(count) * sizeof(T)});
  array.resize(size / sizeof(T));
  return array;
}

/// A path, empty when it cannot be read.
std::string read_name(const ReadMemory& read, Address at) {
  std::string name;
  while (name.size() < PATH_MAX) {
    Byte part[256];
    const ByteSpan got = ByteSpan(part).first(read(at + name.size(), part));
    const auto end = std::find(got.begin(), got.end(), Byte{0});
    name.append(got.begin(), end);
    if (end != got.end()) return name;
    if (got.size() < sizeof part) break;
  }
  return {};
}

/// The program's dynamic section, as far as it can be read.
std::vector<Elf64_Dyn> read_dynamic_section(const ReadMemory& read, ByteSpan auxv) {
  const Address headers{auxv_value(auxv, AT_PHDR).value_or(0)};
  const std::uint64_t count = auxv_value(auxv, AT_PHNUM).value_or(0);
  constexpr std::uint64_t kMaxHeaders = 0xffff, kMaxEntries = 4096;
  if (headers == Address{} || auxv_value(auxv, AT_PHENT) != sizeof(Elf64_Phdr) || count > kMaxHeaders)
    return {};
  const auto table = read_array<Elf64_Phdr>(read, headers, count);
  const auto find = [&table](std::uint32_t type) {
    return std::find_if(table.begin(), table.end(), [type](const Elf64_Phdr& h) { return h.p_type == type; });
  };
  const auto self = find(PT_PHDR), dynamic = find(PT_DYNAMIC);
  if (dynamic == table.end()) return {};
  // Without PT_PHDR the file is not to be moved.
  const std::uint64_t base = self == table.end() ? 0 : headers.value - self->p_vaddr;
  return read_array<Elf64_Dyn>(read, Address{base + dynamic->p_vaddr},
                               std::min(dynamic->p_memsz / sizeof(Elf64_Dyn), kMaxEntries));
}

}  // namespace

std::optional<std::uint64_t> auxv_value(ByteSpan auxv, std::uint64_t type) {
  for (; auxv.size() >= sizeof(Elf64_auxv_t); auxv = auxv.subspan(sizeof(Elf64_auxv_t))) {
    if (load<std::uint64_t>(auxv) == type) return load<std::uint64_t>(auxv.subspan(sizeof(std::uint64_t)));
  }
  return std::nullopt;
}

std::optional<Address> find_r_debug(const ReadMemory& read, ByteSpan auxv) {
  for (const Elf64_Dyn& entry : read_dynamic_section(read, auxv)) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_DEBUG && entry.d_un.d_ptr != 0) return Address{entry.d_un.d_ptr};
  }
  return std::nullopt;
}

std::optional<Address> r_brk(const ReadMemory& read, ByteSpan auxv) {
  const auto at = find_r_debug(read, auxv);
  const auto debug = at ? read_object<RDebug>(read, *at) : std::nullopt;
  if (!debug || debug->version < 1 || debug->brk == 0) return std::nullopt;
  return Address{debug->brk};
}

std::vector<LoadedObject> objects_from(const ReadMemory& read, Address first, Address previous,
                                       Address name_space) {
  std::vector<LoadedObject> objects;
  for (Address at = first; at != Address{} && objects.size() < kMaxLoadedObjects;) {
    const auto map = read_object<LinkMap>(read, at);
    if (!map || map->prev != previous.value) break;
    objects.push_back({at, read_name(read, {map->name}), {map->addr}, {map->ld}, name_space});
    previous = at;
    at = {map->next};
  }
  return objects;
}

std::vector<LoadedObject> loaded_objects(const ReadMemory& read, Address r_debug) {
  std::vector<LoadedObject> all;
  for (std::size_t i = 0; i < kMaxNamespaces && r_debug != Address{} && all.size() < kMaxLoadedObjects; ++i) {
    const auto debug = read_object<RDebug>(read, r_debug);
    if (!debug || debug->version < 1) break;
    const auto objects = objects_from(read, {debug->map}, {}, r_debug);
    all.insert(all.end(), objects.begin(), objects.end());
    if (debug->version < 2) break;
    r_debug = {read_object<std::uint64_t>(read, r_debug + kNextNamespace).value_or(0)};
  }
  return all;
}

}  // namespace gdbhub::core
