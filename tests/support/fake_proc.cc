// /proc and the memory of the fake machine's processes.
#include <elf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_layout.h"

namespace gdbhub::test {
namespace {

/// See TraceeMemory.
class FakeTraceeMemory final : public TraceeMemory {
 public:
  FakeTraceeMemory(std::shared_ptr<AddressSpace> space, FakeKernel::Counters& counters)
      : space_(std::move(space)), counters_(counters) {}

  std::size_t read(Address from, MutableByteSpan to) const override {
    ++counters_.memory_reads;
    return space_->memory.peek(from, to);
  }
  std::size_t write(Address to, ByteSpan from) override {
    ++counters_.memory_writes;
    return space_->memory.poke(to, from);
  }

 private:
  std::shared_ptr<AddressSpace> space_;
  FakeKernel::Counters& counters_;
};

char state_letter(TaskState state) {
  switch (state) {
    case TaskState::Running:
      return 'R';
    case TaskState::Paused:
      return 'S';
    case TaskState::VforkWait:
    case TaskState::ExecWait:
      return 'D';
    case TaskState::Traced:
      return 't';
    case TaskState::JobStopped:
      return 'T';
    case TaskState::Zombie:
      return 'Z';
  }
  return '?';
}

const char* state_word(TaskState state) {
  switch (state_letter(state)) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "disk sleep";
    case 't':
      return "tracing stop";
    case 'T':
      return "stopped";
    default:
      return "zombie";
  }
}

/// The file's name in comm: at most 15 characters.
std::string comm(const FakeProcess& process) {
  const std::size_t slash = process.program.rfind('/');
  return process.program.substr(slash == std::string::npos ? 0 : slash + 1).substr(0, 15);
}

std::string status_text(const FakeTask& task, const FakeProcess& process) {
  const int tracer = task.traced ? ::getpid() : process.foreign_tracer.value;
  const auto number = [](const char* name, auto value) {
    return std::string(name) + ":\t" + std::to_string(value) + '\n';
  };
  std::uint64_t caught = 0, ignored = 0;
  for (std::size_t signal = 1; signal < process.actions.size(); ++signal) {
    const std::uint64_t handler = process.actions[signal].handler.value;
    if (handler > 1) caught |= 1ull << (signal - 1);
    if (handler == 1) ignored |= 1ull << (signal - 1);
  }
  const auto mask = [](const char* name, std::uint64_t value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
    return std::string(name) + ":\t" + digits + '\n';
  };
  return "Name:\t" + comm(process) + "\nUmask:\t0022\nState:\t" + state_letter(task.state) + " (" +
         state_word(task.state) + ")\n" + number("Tgid", task.pid.value) + number("Ngid", 0) +
         number("Pid", task.tid.value) +
         number("PPid", process.child_of_hub ? ::getpid() : process.parent.value) +
         number("TracerPid", tracer) + "Uid:\t" + std::to_string(::getuid()) + '\t' +
         std::to_string(::geteuid()) + '\t' + std::to_string(::geteuid()) + '\t' +
         std::to_string(::geteuid()) + '\n' + number("Threads", process.threads.size()) +
         mask("SigBlk", task.blocked) + mask("SigIgn", ignored) + mask("SigCgt", caught);
}

std::string stat_text(const FakeTask& task, const FakeProcess& process) {
  std::string text = std::to_string(task.tid.value) + " (" + comm(process) + ") " + state_letter(task.state) +
                     ' ' + std::to_string(process.child_of_hub ? ::getpid() : process.parent.value) + ' ' +
                     std::to_string(process.pid.value);
  constexpr int kOtherFields = 47;  // pgrp was the fifth of 52
  for (int i = 0; i < kOtherFields; ++i) text += " 0";
  return text + '\n';
}

std::string auxv() {
  const std::array<Elf64_auxv_t, 4> vector = {{{AT_SYSINFO_EHDR, {kVdsoBase.value}},
                                               {AT_PAGESZ, {kPageSize}},
                                               {AT_ENTRY, {FakeProgram::kTextBase.value}},
                                               {AT_NULL, {0}}}};
  return std::string(text_of(bytes_of(vector)));
}

std::string command_line(const FakeProcess& process) {
  std::string text;
  for (const std::string& argument : process.arguments) text += argument + '\0';
  return text;
}

Error no_file(int error, Pid pid, const std::string& name) {
  return {ErrorCode::NotFound, error, "cannot open /proc/" + std::to_string(pid.value) + '/' + name};
}

}  // namespace

Result<std::unique_ptr<TraceeMemory>> FakeKernel::open_memory(Tid tid) {
  const FakeTask* task = find(tid);
  if (task == nullptr) return no_file(ENOENT, Pid{tid.value}, "mem");
  if (!task->space) return no_file(ESRCH, Pid{tid.value}, "mem");
  return std::unique_ptr<TraceeMemory>(std::make_unique<FakeTraceeMemory>(task->space, counters_));
}

Result<> FakeKernel::write_as_program(Tid tid, Address to, ByteSpan from) {
  const FakeTask* task = stopped(tid);
  if (task == nullptr || !task->space) return no_file(ESRCH, Pid{tid.value}, "mem");
  FakeMemory& memory = task->space->memory;
  if (memory.check(to, from.size(), FakeMemory::Access::Write))
    return Error{ErrorCode::BadMemory, EFAULT, "the program may not write there"};
  memory.poke(to, from);
  return {};
}

std::vector<Pid> FakeKernel::processes() {
  std::vector<Pid> all;
  for (const auto& [pid, process] : processes_) all.push_back(pid);
  return all;
}

Result<std::vector<Tid>> FakeKernel::threads(Pid pid) {
  const FakeProcess* group = find_process(pid);
  if (group == nullptr) return no_file(ENOENT, pid, "task");
  return group->threads;
}

Result<Pid> FakeKernel::process_of(Tid tid) {
  const FakeTask* task = find(tid);
  if (task == nullptr) return no_file(ENOENT, Pid{tid.value}, "status");
  return task->pid;
}

Result<Bytes> FakeKernel::proc_file(Pid pid, const std::string& name) {
  const FakeTask* task = find(leader_of(pid));
  std::string file = name;
  constexpr std::string_view kTaskFolder = "task/";
  if (name.starts_with(kTaskFolder)) {
    const std::size_t slash = name.find('/', kTaskFolder.size());
    if (slash == std::string::npos) return no_file(EISDIR, pid, name);
    task = find(Tid{std::atoi(name.c_str() + kTaskFolder.size())});
    file = name.substr(slash + 1);
  }
  if (task == nullptr) return no_file(ENOENT, pid, name);
  const FakeProcess& group = process(*task);
  std::string text;
  if (file == "status") {
    text = status_text(*task, group);
  } else if (file == "stat") {
    text = stat_text(*task, group);
  } else if (file == "comm") {
    text = comm(group) + '\n';
  } else if (file == "cmdline") {
    text = command_line(group);
  } else if (file == "maps") {
    text = task->space ? task->space->memory.maps() : "";
  } else if (file == "auxv") {
    text = task->space ? auxv() : "";
  } else {
    return no_file(ENOENT, pid, name);
  }
  const ByteSpan bytes = bytes_of(std::string_view(text));
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::string> FakeKernel::proc_link(Pid pid, const std::string& name) {
  const FakeProcess* group = find_process(pid);
  if (group == nullptr) return no_file(ENOENT, pid, name);
  if (name == "exe") return group->program;
  if (name == "cwd" || name == "root") return std::string("/");
  return no_file(ENOENT, pid, name);
}

}  // namespace gdbhub::test
