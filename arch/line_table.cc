#include "arch/line_table.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace gdbhub::arch {
namespace {

struct EndElf {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};
struct EndDwarf {
  void operator()(Dwarf* dwarf) const { ::dwarf_end(dwarf); }
};

/// "b.c" and "a/b.c" are ends of "/src/a/b.c".
bool is_end_of(std::string_view path, std::string_view end) {
  if (!path.ends_with(end)) return false;
  return path.size() == end.size() || end.starts_with('/') || path[path.size() - end.size() - 1] == '/';
}

}  // namespace

/// Copies what libdw finds, within the limits. libdw maps nothing here: a file that is cut off meanwhile must
/// not kill the hub.
class LineReader {
 public:
  explicit LineReader(const LineTable::Limits& limits)
      : limits_(limits), deadline_(std::chrono::steady_clock::now() + limits.time) {}

  Result<LineTable> read(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return Error{ErrorCode::System, errno, "Cannot examine the file"};
    if (static_cast<std::size_t>(status.st_size) > limits_.file_bytes)
      return Error{ErrorCode::Unsupported, 0, "The debug information is too large"};
    ::elf_version(EV_CURRENT);
    const std::unique_ptr<Elf, EndElf> elf(::elf_begin(descriptor, ELF_C_READ, nullptr));
    if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF)
      return Error{ErrorCode::InvalidArgument, 0, "Not a usable ELF file"};
    const std::unique_ptr<Dwarf, EndDwarf> dwarf(::dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
    if (!dwarf) return Error{ErrorCode::NotFound, 0, "There is no debug information"};

    Dwarf_CU* unit = nullptr;
    Dwarf_Die die{};
    for (std::size_t units = 0;
         ::dwarf_get_units(dwarf.get(), unit, &unit, nullptr, nullptr, &die, nullptr) == 0;) {
      if (++units > limits_.units || !may_go_on()) {
        table_.complete_ = false;
        break;
      }
      take_unit(&die);
    }
    table_.rows_.shrink_to_fit();
    return std::move(table_);
  }

 private:
  bool may_go_on() const {
    return table_.rows_.size() < limits_.rows && std::chrono::steady_clock::now() < deadline_;
  }

  void take_unit(Dwarf_Die* die) {
    Dwarf_Lines* lines = nullptr;
    std::size_t count = 0;
    if (::dwarf_getsrclines(die, &lines, &count) != 0) return;
    const std::size_t room = limits_.rows - table_.rows_.size();
    if (count > room) table_.complete_ = false;
    count = std::min(count, room);
    by_pointer_.clear();  // the pointers are the unit's
    for (std::size_t i = 0; i < count; ++i) take_line(::dwarf_onesrcline(lines, i));
  }

  void take_line(Dwarf_Line* line) {
    Dwarf_Addr address = 0;
    int number = 0;
    bool statement = false, end = false;
    if (line == nullptr || ::dwarf_lineaddr(line, &address) != 0 || ::dwarf_lineno(line, &number) != 0)
      return;
    if (::dwarf_linebeginstatement(line, &statement) != 0 || ::dwarf_lineendsequence(line, &end) != 0) return;
    const char* path = ::dwarf_linesrc(line, nullptr, nullptr);
    if (path == nullptr || number < 0) return;
    table_.rows_.push_back(
        {address, file(path), static_cast<std::uint32_t>(number) & 0x3fffffff, statement, end});
  }

  std::uint32_t file(const char* path) {
    const auto [known, is_new] = by_pointer_.try_emplace(path, 0);
    if (!is_new) return known->second;
    const auto [named, is_new_name] =
        by_name_.try_emplace(path, static_cast<std::uint32_t>(table_.files_.size()));
    if (is_new_name) table_.files_.emplace_back(path);
    return known->second = named->second;
  }

  const LineTable::Limits limits_;
  const std::chrono::steady_clock::time_point deadline_;
  LineTable table_;
  std::unordered_map<const char*, std::uint32_t> by_pointer_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
};

Result<LineTable> LineTable::read(int descriptor, const Limits& limits) {
  return LineReader(limits).read(descriptor);
}

std::vector<LinePlace> LineTable::find(std::string_view file, unsigned line) const {
  std::vector<bool> wanted(files_.size());
  for (std::size_t i = 0; i < files_.size(); ++i) wanted[i] = is_end_of(files_[i], file);
  const auto counts = [&](const Row& row) {
    return wanted[row.file] && row.statement && !row.end && row.line >= line;
  };
  std::uint32_t best = 0;
  for (const Row& row : rows_)
    if (counts(row) && (best == 0 || row.line < best)) best = row.line;
  std::vector<LinePlace> places;
  const Row* before = nullptr;
  for (const Row& row : rows_) {
    const bool goes_on =
        before != nullptr && !before->end && before->file == row.file && before->line == row.line;
    before = &row;
    if (!goes_on && counts(row) && row.line == best && best != 0)
      places.push_back({Address{row.address}, files_[row.file], row.line});
  }
  return places;
}

}  // namespace gdbhub::arch
