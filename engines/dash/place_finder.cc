#include "engines/dash/place_finder.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "engines/dash/mapped_files.h"
#include "gdbhub/procfs.h"

namespace gdbhub::dash {
namespace {

Result<std::vector<MappedFile>> files_of(Hub& hub, Pid pid) {
  if (hub.threads(pid).empty()) return Error{ErrorCode::NotFound, 0, "there is no process " + std::to_string(pid.value)};
  const auto text = hub.kernel().proc_file(pid, "maps");
  if (!text) return text.error();
  return mapped_files(parse_maps({reinterpret_cast<const char*>(text->data()), text->size()}));
}

std::string text_of(const CodeName& name) {
  return name.kind == CodeName::Kind::Line ? name.name + ":" + std::to_string(name.line) : name.name;
}

/// The answers about all files, put together.
struct Search {
  Hub& hub;
  Pid pid;
  CodeName name;
  PlacesFound found;
  std::vector<std::pair<MappedFile, std::vector<CodePlace>>> by_file;
  std::size_t open = 0;  ///< questions without an answer

  void answered() {
    if (--open > 0) return;
    // The process may have gone or run another program meanwhile.
    const auto files = files_of(hub, pid);
    if (!files) return found(files.error());
    std::vector<CodePlace> all;
    for (auto& entry : by_file) {
      if (std::ranges::none_of(*files, [&](const MappedFile& now) { return now.is_same_mapping(entry.first); })) continue;
      for (CodePlace& place : entry.second)
        if (std::ranges::find(all, place.address, &CodePlace::address) == all.end()) all.push_back(std::move(place));
    }
    if (!all.empty()) return found(std::move(all));
    found(Error{ErrorCode::NotFound, 0, "nothing in process " + std::to_string(pid.value) + " is called " + text_of(name)});
  }
};

}  // namespace

void find_places(Hub& hub, Symbols& symbols, Pid pid, const CodeName& name, PlacesFound found) {
  const auto files = files_of(hub, pid);
  if (!files) return found(files.error());
  const auto search = std::make_shared<Search>(Search{hub, pid, name, std::move(found), {}, files->size() + 1});
  for (const MappedFile& file : *files)
    symbols.find(pid, file, {name}, [search, file](const Result<std::vector<std::vector<CodePlace>>>& places) {
      if (places) search->by_file.emplace_back(file, places->front());  // a file that cannot be read has none
      search->answered();
    });
  search->answered();
}

}  // namespace gdbhub::dash
