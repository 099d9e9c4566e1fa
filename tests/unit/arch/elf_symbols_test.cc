// Symbols of this very program, and of what is left of it after damage.
#include "arch/elf_symbols.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "arch/elf_check.h"

extern "C" {
__attribute__((noinline, used)) int gdbhub_test_function() {
  return 42;
}
int gdbhub_test_object[4] = {1, 2, 3, 4};
}

namespace gdbhub::arch {
namespace {

constexpr char kSelf[] = "/proc/self/exe";

Bytes whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A small file of the system's: as many mutations as possible in a second.
const Bytes& small_file() {
  static const Bytes bytes = whole("/bin/true");
  return bytes;
}

template <class T>
void put(Bytes& file, std::size_t at, T value) {
  store(MutableByteSpan(file).subspan(at), value);
}

/// The offset of the first section header of this type.
std::size_t section_header(const Bytes& file, std::uint32_t type) {
  const auto first = load<std::uint64_t>(ByteSpan(file).subspan(offsetof(Elf64_Ehdr, e_shoff)));
  const auto count = load<std::uint16_t>(ByteSpan(file).subspan(offsetof(Elf64_Ehdr, e_shnum)));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = first + i * sizeof(Elf64_Shdr);
    if (load<std::uint32_t>(ByteSpan(file).subspan(at + offsetof(Elf64_Shdr, sh_type))) == type) return at;
  }
  ADD_FAILURE() << "no section of type " << type;
  return first;
}

TEST(SymbolTable, FindsFunctionsAndObjectsByNameAndAddress) {
  const auto table = SymbolTable::load(kSelf);
  ASSERT_TRUE(table) << table.error().text;
  const Symbol* function = table->find("gdbhub_test_function");
  ASSERT_NE(function, nullptr);
  EXPECT_EQ(function->kind, Symbol::Kind::Function);
  EXPECT_GT(function->size, 1U);
  EXPECT_EQ(table->at(function->address + function->size - 1), function);
  EXPECT_NE(table->at(function->address + function->size), function);
  const Symbol* object = table->find("gdbhub_test_object");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->kind, Symbol::Kind::Object);
  EXPECT_GE(object->size, sizeof gdbhub_test_object);  // AddressSanitizer makes it larger
  EXPECT_EQ(table->at(object->address + 5), object);
  // Both are moved by the same load bias.
  EXPECT_EQ(object->address - function->address, reinterpret_cast<std::uint64_t>(&gdbhub_test_object) -
                                                     reinterpret_cast<std::uint64_t>(&gdbhub_test_function));
  EXPECT_EQ(table->find("gdbhub_no_such_function"), nullptr);
  EXPECT_EQ(table->at({0xffff'ffff'ffff'0000}), nullptr);
  EXPECT_EQ(gdbhub_test_function(), 42);
}

TEST(SymbolTable, RefusesWhatIsNotAnElfFile) {
  EXPECT_EQ(SymbolTable::load("/nonexistent").error().code, ErrorCode::NotFound);
  EXPECT_EQ(SymbolTable::load("/").error().code, ErrorCode::Unsupported);
  EXPECT_EQ(SymbolTable::load("/etc/passwd").error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(SymbolTable::read(FileImage(Bytes{})).error().code, ErrorCode::InvalidArgument);
}

TEST(SymbolTable, DoesNotWaitForAFifo) {
  std::string directory = (std::filesystem::temp_directory_path() / "gdbhub-elf-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string fifo = directory + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(SymbolTable::load(fifo).error().code, ErrorCode::Unsupported);
  std::filesystem::remove_all(directory);
}

TEST(ElfCheck, RefusesASymbolTableWhoseNamesAreInNoSection) {
  Bytes file = small_file();
  put<std::uint32_t>(file, section_header(file, SHT_DYNSYM) + offsetof(Elf64_Shdr, sh_link), 0x7fff'ffff);
  FileImage image(std::move(file));
  EXPECT_FALSE(check_elf(image));
}

TEST(ElfCheck, RefusesEntriesOfAnotherSize) {
  Bytes file = small_file();
  put<std::uint64_t>(file, section_header(file, SHT_DYNSYM) + offsetof(Elf64_Shdr, sh_entsize), 0);
  FileImage image(std::move(file));
  EXPECT_FALSE(check_elf(image));
}

TEST(ElfCheck, RefusesAnUnterminatedStringTable) {
  Bytes file = small_file();
  const std::size_t symbols = section_header(file, SHT_DYNSYM);
  const auto link = load<std::uint32_t>(ByteSpan(file).subspan(symbols + offsetof(Elf64_Shdr, sh_link)));
  const auto first = load<std::uint64_t>(ByteSpan(file).subspan(offsetof(Elf64_Ehdr, e_shoff)));
  const std::size_t at = first + link * sizeof(Elf64_Shdr);
  const auto offset = load<std::uint64_t>(ByteSpan(file).subspan(at + offsetof(Elf64_Shdr, sh_offset)));
  const auto size = load<std::uint64_t>(ByteSpan(file).subspan(at + offsetof(Elf64_Shdr, sh_size)));
  file[offset + size - 1] = 'x';
  FileImage image(std::move(file));
  EXPECT_FALSE(check_elf(image));
}

TEST(ElfCheck, RefusesEveryTruncatedFileThatLostItsSections) {
  for (std::size_t size = 0; size < small_file().size(); size += 97) {
    FileImage image(Bytes(small_file().begin(), small_file().begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_FALSE(check_elf(image)) << size;
  }
}

// The property is that nothing crashes, hangs or throws; what is accepted must be consistent in itself.
TEST(SymbolTable, SurvivesMutatedHeaders) {
  std::mt19937_64 random(7);
  const auto sections = load<std::uint64_t>(ByteSpan(small_file()).subspan(offsetof(Elf64_Ehdr, e_shoff)));
  unsigned accepted = 0, refused = 0;
  for (unsigned round = 0; round < 5000; ++round) {
    Bytes file = small_file();
    const bool in_header = round % 4 == 0;
    for (unsigned change = 0; change <= random() % 3; ++change) {
      const std::size_t begin = in_header ? 0 : sections;
      const std::size_t size = in_header ? sizeof(Elf64_Ehdr) : file.size() - sections;
      const std::size_t at = begin + random() % size;
      file[at] = random() % 2 == 0 ? static_cast<Byte>(random()) : Byte{0xff};
    }
    const auto table = SymbolTable::read(FileImage(std::move(file)));
    ++(table ? accepted : refused);
    if (!table) continue;
    for (const Symbol& one : table->symbols()) {
      ASSERT_NE(table->find(one.name), nullptr);
      ASSERT_NE(table->at(one.address), nullptr);
    }
  }
  EXPECT_GT(accepted, 100U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace gdbhub::arch
