#include "arch/symbol_finder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <exception>

#include "arch/debug_file.h"

namespace gdbhub::arch {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::string_view kDeleted = " (deleted)";

std::string hex(std::uint64_t value) {
  char buffer[16];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, 16).ptr};
}

/// The file that is mapped, whatever has become of its name. /proc/PID/map_files needs a capability; then the
/// name in the tracee's own mount namespace has to do.
Result<UniqueFd> open_mapped(Pid pid, const MappedFile& file) {
  const std::string process = "/proc/" + std::to_string(pid.value);
  for (const MappedFile::Piece& piece : file.pieces) {
    auto opened = open_regular(process + "/map_files/" + hex(piece.range.begin.value) + "-" +
                               hex(piece.range.end().value));
    if (opened) return opened;
    if (opened.error().system == EPERM || opened.error().system == EACCES) break;
  }
  if (file.path.ends_with(kDeleted)) return Error{ErrorCode::NotFound, 0, file.path + " cannot be read"};
  return open_regular(process + "/root" + file.path);
}

}  // namespace

std::optional<std::uint64_t> load_bias(const std::vector<CodeIndex::Segment>& segments,
                                       const MappedFile& file) {
  for (const MappedFile::Piece& piece : file.pieces)
    for (const CodeIndex::Segment& segment : segments) {
      const std::uint64_t into_page = segment.offset % kPage;
      if (segment.offset - into_page == piece.offset)
        return piece.range.begin.value + into_page - segment.address.value;
    }
  return std::nullopt;
}

SymbolFinder::~SymbolFinder() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  if (worker_.joinable()) worker_.join();
}

void SymbolFinder::find(Pid pid, const MappedFile& file, std::vector<CodeName> names, Found found) {
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({pid, file, std::move(names), std::move(found)});
  }
  if (!worker_.joinable()) worker_ = std::thread([this] { work(); });
  wake_.notify_one();
}

void SymbolFinder::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return ending_ || !questions_.empty(); });
    if (ending_) return;
    Question question = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    auto given = answer(question);
    loop_.post([found = std::move(question.found), given = std::move(given), alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) found(given);
    });
  }
}

Result<std::vector<std::vector<CodePlace>>> SymbolFinder::answer(const Question& question) {
  const auto index = index_of(question);
  if (!index) return index.error();
  const auto bias = load_bias((*index)->segments(), question.file);
  if (!bias)
    return Error{ErrorCode::InvalidArgument, 0, question.file.path + " is not mapped as a program is"};
  std::vector<std::vector<CodePlace>> all;
  for (const CodeName& name : question.names) {
    std::vector<CodePlace> places = (*index)->find(name);
    for (CodePlace& place : places) {
      place.address = place.address + *bias;
      if (place.choice && place.choice->kept_at) place.choice->kept_at = *place.choice->kept_at + *bias;
    }
    // Rows of functions that the linker has thrown away have addresses of nothing.
    std::erase_if(places, [&](const CodePlace& place) {
      return std::ranges::none_of(question.file.pieces, [&](const MappedFile::Piece& piece) {
        return piece.executable && piece.range.contains(place.address);
      });
    });
    all.push_back(std::move(places));
  }
  return all;
}

Result<std::shared_ptr<CodeIndex>> SymbolFinder::index_of(const Question& question) {
  auto file = open_mapped(question.pid, question.file);
  if (!file) return file.error();
  struct stat status {};
  if (::fstat(file->get(), &status) != 0)
    return Error{ErrorCode::System, errno, "Cannot examine " + question.file.path};
  Kept wanted{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
              status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, nullptr};
  const auto known = std::ranges::find_if(kept_, [&](const Kept& one) { return one.same_file(wanted); });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
    return known->index;
  }
  try {
    // The tracee's own root first: it may be in a container; ours may have the debug files that it lacks.
    auto index = CodeIndex::read(std::move(*file), question.file.path,
                                 {"/proc/" + std::to_string(question.pid.value) + "/root", ""});
    if (!index) return index.error();
    wanted.index = std::make_shared<CodeIndex>(std::move(*index));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::System, ENOMEM,
                 "The symbols of " + question.file.path + " do not fit into memory"};
  }
  kept_.push_front(wanted);
  if (kept_.size() > kKept) kept_.pop_back();
  return wanted.index;
}

}  // namespace gdbhub::arch
