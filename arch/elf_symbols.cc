#include "arch/elf_symbols.h"

#include <algorithm>
#include <elf/elf++.hh>
#include <exception>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "arch/elf_check.h"

namespace gdbhub::arch {
namespace {

constexpr unsigned kGnuIfunc = 10;
constexpr unsigned kFirstReservedSection = 0xff00;
// Many symbols of a malformed file may share one enormous name.
constexpr std::size_t kMaxSymbols = 4'000'000;
constexpr std::size_t kMaxNameBytes = std::size_t{512} << 20;  // of all names together

/// Gives libelfin the copied bytes that check_elf has seen.
class ImageLoader final : public ::elf::loader {
 public:
  explicit ImageLoader(FileImage image) : image_(std::move(image)) {}

  const void* load(off_t offset, std::size_t size) override {
    if (size == 0) return "";
    const ByteSpan found = image_.read(static_cast<std::uint64_t>(offset), size);
    if (found.empty()) throw std::range_error("outside of the file");
    return found.data();
  }

 private:
  FileImage image_;
};

/// A file of libelfin's whose memory comes back: its sections and segments own the file that owns them.
class ElfFile {
 public:
  explicit ElfFile(FileImage image) : file_(std::make_shared<ImageLoader>(std::move(image))) {}
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile() {
    const_cast<std::vector<::elf::section>&>(file_.sections()).clear();
    const_cast<std::vector<::elf::segment>&>(file_.segments()).clear();
  }

  const std::vector<::elf::section>& sections() const { return file_.sections(); }

 private:
  ::elf::elf file_;
};

std::optional<Symbol::Kind> kind_of(::elf::stt type) {
  if (type == ::elf::stt::object) return Symbol::Kind::Object;
  if (type == ::elf::stt::func || static_cast<unsigned>(type) == kGnuIfunc) return Symbol::Kind::Function;
  return std::nullopt;
}

void collect(const ::elf::section& section, std::size_t& name_bytes, std::vector<Symbol>& to) {
  const ::elf::symtab table = section.as_symtab();
  // Counted: under C++20's rules libelfin's iterator comparisons are ambiguous.
  auto next = table.begin();
  for (std::size_t left = section.size() / section.get_hdr().entsize; left > 0; --left, ++next) {
    const ::elf::sym one = *next;
    const auto& data = one.get_data();
    const std::optional<Symbol::Kind> kind = kind_of(data.type());
    const auto defined_in = static_cast<unsigned>(data.shnxd);
    if (!kind || defined_in == 0 || defined_in >= kFirstReservedSection) continue;
    std::string name = one.get_name();
    if (name.empty()) continue;
    name_bytes += name.size();
    if (to.size() == kMaxSymbols || name_bytes > kMaxNameBytes) throw std::length_error("too many symbols");
    to.push_back({std::move(name), {data.value}, data.size, *kind, data.binding() != ::elf::stb::local,
                  static_cast<unsigned>(data.type()) == kGnuIfunc});
  }
}

/// The last address of a symbol; one without a size still has its first byte.
std::uint64_t last_of(const Symbol& one) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - one.address.value;
  return one.address.value + std::min(room, one.size == 0 ? 0 : one.size - 1);
}

}  // namespace

Result<SymbolTable> SymbolTable::load(const std::string& path) {
  Result<FileImage> image = FileImage::open(path);
  if (!image) return image.error();
  return read(std::move(image).value());
}

Result<SymbolTable> SymbolTable::read(FileImage image) {
  if (const Result<> checked = check_elf(image); !checked) return checked.error();
  std::vector<Symbol> symbols;
  try {
    const ElfFile file(std::move(image));
    std::size_t name_bytes = 0;
    for (const ::elf::section& section : file.sections()) {
      const ::elf::sht type = section.get_hdr().type;
      if (type == ::elf::sht::symtab || type == ::elf::sht::dynsym) collect(section, name_bytes, symbols);
    }
  } catch (const std::exception& error) {
    return Error{ErrorCode::InvalidArgument, 0, std::string("Cannot read the symbols: ") + error.what()};
  }
  return SymbolTable(std::move(symbols));
}

SymbolTable::SymbolTable(std::vector<Symbol> symbols) : symbols_(std::move(symbols)) {
  const auto key = [](const Symbol& one) { return std::tie(one.address, one.name, one.size, one.kind); };
  std::ranges::sort(symbols_, {}, key);
  // What is exported is in both tables.
  const auto same = [&key](const Symbol& a, const Symbol& b) { return key(a) == key(b); };
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(), same), symbols_.end());
  reach_.reserve(symbols_.size());
  for (const Symbol& one : symbols_) {
    reach_.push_back(std::max(last_of(one), reach_.empty() ? 0 : reach_.back()));
  }
  by_name_.resize(symbols_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::ranges::sort(by_name_, {}, [this](std::uint32_t i) {
    return std::make_tuple(std::string_view(symbols_[i].name), !symbols_[i].global, i);
  });
}

const Symbol* SymbolTable::find(std::string_view name) const {
  const auto name_of = [this](std::uint32_t i) { return std::string_view(symbols_[i].name); };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_of);
  return found != by_name_.end() && name_of(*found) == name ? &symbols_[*found] : nullptr;
}

const Symbol* SymbolTable::at(Address address) const {
  const auto after = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
  for (auto i = static_cast<std::size_t>(after - symbols_.begin()); i > 0 && reach_[i - 1] >= address.value;
       --i) {
    if (last_of(symbols_[i - 1]) >= address.value) return &symbols_[i - 1];
  }
  return nullptr;
}

}  // namespace gdbhub::arch
