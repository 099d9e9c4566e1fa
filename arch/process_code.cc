#include "arch/process_code.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "arch/debug_file.h"

namespace gdbhub::arch {
namespace {

std::string root_of(Pid pid) { return "/proc/" + std::to_string(pid.value) + "/root"; }

/// The file as the process sees it, in its own mount namespace. `data`: the Pid.
int find_elf(Dwfl_Module* module, void** data, const char* name, Dwarf_Addr base, char** file_name, Elf** elf) {
  if (name[0] != '/' || *data == nullptr) return dwfl_linux_proc_find_elf(module, data, name, base, file_name, elf);  // the vdso
  const std::string path = root_of(*static_cast<const Pid*>(*data)) + name;
  auto file = open_regular(path);
  if (!file) return -1;
  *file_name = ::strdup(path.c_str());
  return file->release();
}

/// Debian's debug files; libdw's own way would ask the network where DEBUGINFOD_URLS is set.
int find_debuginfo(Dwfl_Module*, void** data, const char* name, Dwarf_Addr, const char* file_name, const char*, GElf_Word, char**) {
  if (file_name == nullptr || *data == nullptr) return -1;
  auto file = open_regular(file_name);
  if (!file) return -1;
  auto debug = find_debug_file(file->get(), name, {root_of(*static_cast<const Pid*>(*data)), ""});
  return debug ? debug->release() : -1;
}

constexpr Dwfl_Callbacks kCallbacks = {
    .find_elf = find_elf, .find_debuginfo = find_debuginfo, .section_address = nullptr, .debuginfo_path = nullptr};

/// As in the source: demangled, and without the symbol's version ("@@GLIBC_2.34").
std::string readable(std::string name) {
  name.erase(std::min(name.find('@'), name.size()));
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

const StackSample& sample_of(void* argument) { return *static_cast<const StackSample*>(argument); }

pid_t next_thread(Dwfl*, void* argument, void** thread_argument) {
  if (*thread_argument != nullptr) return 0;  // the sample has one thread
  *thread_argument = argument;
  return sample_of(argument).tid.value;
}

bool get_thread(Dwfl*, pid_t, void* argument, void** thread_argument) {
  *thread_argument = argument;
  return true;
}

bool read_word(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* argument) {
  const StackSample& sample = sample_of(argument);
  const std::uint64_t offset = address - sample.begin.value;
  if (address < sample.begin.value || offset > sample.stack.size() || sample.stack.size() - offset < sizeof *result) return false;
  std::memcpy(result, sample.stack.data() + offset, sizeof *result);
  return true;
}

/// By their DWARF numbers (System V ABI, AMD64, figure 3.36); 16 is the return address, here the pc.
bool set_registers(Dwfl_Thread* thread, void* argument) {
  const auto& r = sample_of(argument).registers;
  const Dwarf_Word values[] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
                               r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
  return dwfl_thread_state_registers(thread, 0, std::size(values), values);
}

constexpr Dwfl_Thread_Callbacks kThreadCallbacks = {.next_thread = next_thread,
                                                    .get_thread = get_thread,
                                                    .memory_read = read_word,
                                                    .set_initial_registers = set_registers,
                                                    .detach = nullptr,
                                                    .thread_detach = nullptr};

struct Frames {
  struct Frame {
    Address pc;
    bool is_call;  ///< the pc is a return address, which may be another function's first
  };
  std::vector<Frame> list;
  std::size_t most;
};

int add_frame(Dwfl_Frame* state, void* argument) {
  auto& frames = *static_cast<Frames*>(argument);
  Dwarf_Addr pc = 0;
  bool is_activation = false;
  if (!dwfl_frame_pc(state, &pc, &is_activation) || pc == 0) return DWARF_CB_ABORT;
  frames.list.push_back({Address{pc}, !is_activation});
  return frames.list.size() < frames.most ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/// The files that a process has mapped. Stays where it is: the modules point to `pid_`.
class MappedCode {
 public:
  explicit MappedCode(Pid pid) : pid_(pid), dwfl_(dwfl_begin(&kCallbacks), &dwfl_end) {}
  MappedCode(const MappedCode&) = delete;
  MappedCode& operator=(const MappedCode&) = delete;

  Result<> list() {
    if (!dwfl_ || dwfl_linux_proc_report(dwfl_.get(), pid_.value) != 0 || dwfl_report_end(dwfl_.get(), nullptr, nullptr) != 0)
      return Error{ErrorCode::Gone, 0, "the files of process " + std::to_string(pid_.value) + " cannot be listed"};
    const auto name_process = [](Dwfl_Module*, void** data, const char*, Dwarf_Addr, void* pid) -> int {
      *data = pid;
      return DWARF_CB_OK;
    };
    dwfl_getmodules(dwfl_.get(), name_process, &pid_, 0);
    return {};
  }

  /// `looked_up`: an address of the instruction that is meant; for a call, one before its return address.
  CodeSpot spot(Address address, Address looked_up) {
    CodeSpot spot;
    spot.address = address;
    Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), looked_up.value);
    if (module == nullptr) return spot;
    if (const char* path = dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr)) spot.module = path;
    GElf_Off offset = 0;
    GElf_Sym symbol;
    if (const char* name = dwfl_module_addrinfo(module, looked_up.value, &offset, &symbol, nullptr, nullptr, nullptr)) {
      spot.function = readable(name);
      spot.offset = offset + (address - looked_up);
    }
    int number = 0;
    Dwfl_Line* line = dwfl_module_getsrc(module, looked_up.value);
    const char* file = line == nullptr ? nullptr : dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file != nullptr && number > 0) {
      spot.file = file;
      spot.line = static_cast<unsigned>(number);
    }
    return spot;
  }

  std::vector<Frames::Frame> unwind(const StackSample& sample, std::size_t most) {
    Frames frames{{}, most};
    auto* argument = const_cast<StackSample*>(&sample);  // libdw's way; kThreadCallbacks only read it
    if (dwfl_attach_state(dwfl_.get(), nullptr, sample.tid.value, &kThreadCallbacks, argument))
      dwfl_getthread_frames(dwfl_.get(), sample.tid.value, add_frame, &frames);
    if (frames.list.empty()) frames.list.push_back({Address{sample.registers.rip}, false});
    return std::move(frames.list);
  }

 private:
  Pid pid_;
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_;
};

}  // namespace

Result<std::vector<CodeSpot>> describe_code(Pid pid, const std::vector<Address>& addresses) {
  MappedCode code(pid);
  if (auto listed = code.list(); !listed) return listed.error();
  std::vector<CodeSpot> spots;
  for (const Address address : addresses) spots.push_back(code.spot(address, address));
  return spots;
}

Result<std::vector<CodeSpot>> callers_of(const StackSample& sample, std::size_t most) {
  MappedCode code(sample.pid);
  if (auto listed = code.list(); !listed) return listed.error();
  std::vector<CodeSpot> spots;
  for (const auto& frame : code.unwind(sample, most)) spots.push_back(code.spot(frame.pc, frame.is_call ? frame.pc - 1 : frame.pc));
  return spots;
}

}  // namespace gdbhub::arch
