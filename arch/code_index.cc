#include "arch/code_index.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "arch/debug_file.h"
#include "arch/elf_check.h"

namespace gdbhub::arch {
namespace {

constexpr std::size_t kMaxMangled = 4096;  // longer names are not worth the time

/// The position of the parameters' parenthesis that ends the name; npos when there are none. "operator()" is
/// part of a name.
std::size_t parameters_of(std::string_view name) {
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 0;) {
    if (name[i] == ')') ++depth;
    if (name[i] != '(' || --depth != 0) continue;
    return name.substr(0, i).ends_with("operator") || i == 0 ? name.npos : i;
  }
  return name.npos;
}

std::string without_template_arguments(std::string_view name) {
  std::string plain;
  int depth = 0;
  for (const char c : name) {
    if (c == '>' && depth > 0) {
      --depth;
      continue;
    }
    if (c == '<') ++depth;
    if (depth == 0) plain += c;
  }
  return plain;
}

/// A template's mangled name has its result type in front: "int f<int>(int)".
std::string_view without_result_type(std::string_view name) {
  if (name.find("operator") != name.npos) return name;
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 0;) {
    if (name[i] == '>' || name[i] == ')') ++depth;
    if (name[i] == '<' || name[i] == '(') --depth;
    if (name[i] == ' ' && depth == 0) return name.substr(i + 1);
  }
  return name;
}

bool ends_scopes(std::string_view full, std::string_view name) {
  if (!full.ends_with(name)) return false;
  return full.size() == name.size() || full.substr(0, full.size() - name.size()).ends_with("::");
}

/// What any mangled form of the name contains, to tell most symbols apart without demangling them.
std::string_view telling_part(std::string_view name) {
  if (name.find("operator") != name.npos) return {};
  name = name.substr(0, std::min(name.find('('), name.find('<')));
  const auto scope = name.rfind("::");
  if (scope != name.npos) name.remove_prefix(scope + 2);
  if (name.starts_with('~')) name.remove_prefix(1);
  return name;
}

Result<std::vector<CodeIndex::Segment>> segments_of(FileImage& image) {
  const ByteSpan start = image.read(0, sizeof(Elf64_Ehdr));  // check_elf has seen it
  Elf64_Ehdr header;
  std::memcpy(&header, start.data(), sizeof header);
  std::vector<CodeIndex::Segment> segments;
  const ByteSpan table = image.read(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  for (std::size_t i = 0; (i + 1) * sizeof(Elf64_Phdr) <= table.size(); ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, table.data() + i * sizeof segment, sizeof segment);
    if (segment.p_type == PT_LOAD)
      segments.push_back({segment.p_offset, segment.p_filesz, Address{segment.p_vaddr}});
  }
  return segments;
}

}  // namespace

std::string demangled(const std::string& symbol) {
  if (!symbol.starts_with("_Z") || symbol.size() > kMaxMangled) return symbol;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name ? std::string(name.get()) : symbol;
}

bool is_called(const std::string& symbol, std::string_view name) {
  if (symbol == name) return true;
  if (!symbol.starts_with("_Z") || symbol.find(telling_part(name)) == symbol.npos) return false;
  const std::string full = demangled(symbol);
  if (full == symbol) return false;
  if (ends_scopes(full, name)) return true;
  const std::string_view bare = without_result_type(std::string_view(full).substr(0, parameters_of(full)));
  return ends_scopes(bare, name) || ends_scopes(without_template_arguments(bare), name);
}

Result<CodeIndex> CodeIndex::read(UniqueFd file, const std::string& path,
                                  const std::vector<std::string>& roots) {
  CodeIndex index;
  index.debug_file_ = find_debug_file(file.get(), path, roots);
  for (const int descriptor : {file.get(), index.debug_file_ ? index.debug_file_->get() : -1}) {
    if (descriptor < 0) continue;
    Result<FileImage> image = FileImage::of_descriptor(descriptor);
    if (!image) return image.error();
    if (descriptor == file.get()) {
      if (const auto checked = check_elf(*image); !checked) return checked.error();
      index.segments_ = *segments_of(*image);
      index.slots_ = ifunc_slots(*image);
    }
    Result<SymbolTable> symbols = SymbolTable::read(std::move(*image));
    if (symbols) {
      index.symbols_.push_back(std::move(*symbols));
    } else if (descriptor == file.get()) {
      return symbols.error();
    }
  }
  index.file_ = std::move(file);
  return index;
}

std::vector<CodePlace> CodeIndex::find(const CodeName& name) {
  return name.kind == CodeName::Kind::Function ? functions(name) : lines(name);
}

std::vector<CodePlace> CodeIndex::functions(const CodeName& name) const {
  std::map<Address, CodePlace> places;  // the file's own symbols are in the debug file's, too
  for (const SymbolTable& table : symbols_)
    for (const Symbol& symbol : table.symbols()) {
      if (symbol.kind != Symbol::Kind::Function || !is_called(symbol.name, name.name)) continue;
      const Address at = symbol.address + name.offset;
      CodePlace& place = places.try_emplace(at, CodePlace{at, demangled(symbol.name), {}, 0, {}}).first->second;
      if (!symbol.chooses || name.offset != 0) continue;
      place.choice = CodePlace::Choice{};
      if (const auto slot = slots_.find(symbol.address); slot != slots_.end()) place.choice = {slot->second.at, slot->second.initial};
    }
  std::vector<CodePlace> all;
  for (auto& [at, place] : places) all.push_back(std::move(place));
  return all;
}

const Symbol* CodeIndex::symbol_at(Address address) const {
  for (const SymbolTable& table : symbols_)
    if (const Symbol* symbol = table.at(address)) return symbol;
  return nullptr;
}

std::vector<CodePlace> CodeIndex::lines(const CodeName& name) {
  if (!std::exchange(lines_tried_, true)) {
    for (const int descriptor : {debug_file_ ? debug_file_->get() : -1, file_.get()}) {
      if (descriptor < 0 || lines_) continue;
      if (auto table = LineTable::read(descriptor); table && table->rows() != 0) lines_ = std::move(*table);
    }
  }
  if (!lines_) return {};
  // A line may have code in several places of one function (a loop's head): its first one counts, as users
  // expect it.
  std::map<Address, CodePlace> first;  // by the function's start
  for (LinePlace& place : lines_->find(name.name, name.line)) {
    const Symbol* function = symbol_at(place.address);
    const Address key = function != nullptr ? function->address : place.address;
    CodePlace found{place.address, function != nullptr ? demangled(function->name) : std::string(),
                    std::move(place.file), place.line};
    const auto [known, is_new] = first.try_emplace(key, found);
    if (!is_new && found.address < known->second.address) known->second = std::move(found);
  }
  std::vector<CodePlace> all;
  for (auto& [key, place] : first) all.push_back(std::move(place));
  return all;
}

}  // namespace gdbhub::arch
