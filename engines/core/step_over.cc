// The part of Machine that executes the instruction under a breakpoint, cheapest way first (A32, A33, A35).
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>

#include "engines/core/machine.h"
#include "engines/core/scratch.h"
#include "gdbhub/check.h"

namespace gdbhub::core {
namespace {

// Without ever running, a thread that jumps from site to site (or to itself) gets no signal and starves the hub's clients.
constexpr int emulated_in_a_row = 32;
constexpr std::uint64_t page_size = 4096;  // mmap's results are multiples of it, its errors are not

}  // namespace

void Machine::step_over(Thread& thread, bool step) {
  AddressSpace& space = *thread.process->space;
  Site& site = *space.site(thread.pc());
  if (site.faults || thread.emulated >= emulated_in_a_row) return step_in_line(thread);
  // Read each time: programs that write code may have changed all of it but the trap.
  Bytes code(isa_.max_instruction_length());
  code.resize(space.read(thread.pc(), code));
  const ReadMemory read = [&space](Address from, MutableByteSpan to) { return space.read(from, to); };
  const auto plan_for = [&](std::optional<Address> slot) {
    return isa_.plan_step(code, thread.pc(), slot, thread.general, read);
  };

  StepPlan plan = plan_for(site.copy ? std::optional(site.copy->slot) : std::nullopt);
  if (const auto* copied = std::get_if<CopiedInstruction>(&plan); copied && site.copy && copied->code != site.copy->code) {
    space.drop_copy(site);
    plan = plan_for(std::nullopt);
  }
  if (!site.copy && wants_copy(plan)) {
    if (const std::optional<Address> slot = space.slots().take(thread.pc())) {
      plan = plan_for(slot);
      const auto* copied = std::get_if<CopiedInstruction>(&plan);
      if (copied == nullptr || !space.make_copy(site, *slot, copied->code)) {
        space.slots().give_back(*slot);
        if (copied != nullptr) return step_in_line(thread);
      }
    }
  }

  if (const auto* skip = std::get_if<SkipInstruction>(&plan)) {
    start(thread, *skip);
  } else if (const auto* emulated = std::get_if<EmulatedInstruction>(&plan)) {
    start(thread, *emulated);
  } else if (const auto* call = std::get_if<SyscallInstruction>(&plan)) {
    start(thread, *call);
  } else if (const auto* copied = std::get_if<CopiedInstruction>(&plan)) {
    if (site.copy) return start(thread, *copied, site.copy->slot, step);
    if (!map_scratch(thread)) step_in_line(thread);
  } else {
    step_in_line(thread);
  }
}

bool Machine::wants_copy(const StepPlan& plan) {
  const auto* emulated = std::get_if<EmulatedInstruction>(&plan);
  return std::holds_alternative<CopiedInstruction>(plan) || (emulated != nullptr && emulated->copy_is_better);
}

void Machine::start(Thread& thread, const SkipInstruction& plan) {
  thread.set_pc(thread.pc() + plan.length);
  ++thread.emulated;
  ++step_overs_.all;
  observer_.occurred(thread, occurrence::Stepped{});
}

void Machine::start(Thread& thread, const EmulatedInstruction& plan) {
  if (plan.write) {
    const ByteSpan value = bytes_of(plan.write->value).first(plan.write->size);
    // In line the processor makes the fault itself.
    if (!kernel_.write_as_program(thread.tid, plan.write->to, value)) return step_in_line(thread);
  }
  const Address next{plan.after.rip};
  GeneralRegisters moved = thread.general;
  moved.rip = plan.after.rip;
  if (std::ranges::equal(bytes_of(moved), bytes_of(plan.after))) {
    thread.set_pc(next);
  } else {
    thread.general = plan.after;
    thread.general_dirty = true;
  }
  ++thread.emulated;
  ++step_overs_.all;
  observer_.occurred(thread, occurrence::Stepped{});
}

void Machine::start(Thread& thread, const CopiedInstruction& plan, Address slot, bool step) {
  thread.process->space->slots().share(slot);
  ++step_overs_.all;
  thread.errand = errand::OutOfLine{thread.pc(), slot, plan.length, step};
  thread.set_pc(slot);
  resume(thread, step ? ResumeMode::Step : resume_mode(thread, false));
}

void Machine::start(Thread& thread, const SyscallInstruction& plan) {
  AddressSpace& space = *thread.process->space;
  const std::optional<Address> slot = space.slots().take(thread.pc());
  if (!slot) {
    if (!map_scratch(thread)) step_in_line(thread);
    return;
  }
  if (!space.write_slot(*slot, plan.code)) {
    space.slots().give_back(*slot);
    return step_in_line(thread);
  }
  ++step_overs_.all;
  thread.errand = errand::EnterSyscall{thread.pc(), *slot};
  thread.set_pc(*slot);
  resume(thread, ResumeMode::Syscall);
}

void Machine::note_left_copy(Thread& thread) {
  const auto* copy = std::get_if<errand::OutOfLine>(&thread.errand);
  if (copy == nullptr || copy->stepped || thread.pc() - copy->slot <= copy->length) return;
  thread.arrival.valid = false;  // it may have come round to the same place
  forget_errand(thread);
}

// ---- in line ---------------------------------------------------------------------------------------

std::vector<Thread*> Machine::users_of(const AddressSpace& space) const {
  std::vector<Thread*> users;
  for (const auto& process : tasks_.processes())
    if (process->space.get() == &space)
      users.insert(users.end(), process->threads.begin(), process->threads.end());
  return users;
}

void Machine::step_in_line(Thread& thread) {
  AddressSpace& space = *thread.process->space;
  if (space.inline_thread != nullptr) return observer_.occurred(thread, occurrence::Quiet{});  // must_wait() now
  space.inline_thread = &thread;
  thread.errand = errand::AwaitOthers{};
  for (Thread* other : users_of(space))
    if (other != &thread) request_stop(*other);
  proceed_in_line(space);
}

void Machine::proceed_in_line(AddressSpace& space) {
  Thread* thread = space.inline_thread;
  if (thread == nullptr || !thread->busy_with<errand::AwaitOthers>()) return;
  for (const Thread* other : users_of(space))
    if (other->state == Thread::State::Running && !other->vfork_wait) return;
  space.disarm(thread->pc());
  if (Site* site = space.site(thread->pc())) ++site->stepped_in_line;
  ++step_overs_.all;
  ++step_overs_.in_line;
  thread->errand = errand::InLine{thread->pc()};
  // A system call may take its time: it is in line up to its entry only.
  resume(*thread, stands_at_syscall(*thread) ? ResumeMode::Syscall : ResumeMode::Step);
}

// ---- scratch memory ----------------------------------------------------------------------------------

bool Machine::map_scratch(Thread& thread) {
  AddressSpace& space = *thread.process->space;
  if (space.mapper != nullptr) {
    thread.errand = errand::AwaitScratch{};
    return true;
  }
  if (!space.may_have_scratch(thread.pc())) return false;
  if (!space.syscall_site_known) {
    space.syscall_site = find_syscall_site(kernel_, isa_, thread.process->pid, space);
    space.syscall_site_known = true;
  }
  const std::optional<Address> gap = find_gap(kernel_, thread.process->pid, thread.pc());
  if (!space.syscall_site || !gap) {
    space.note_no_scratch(thread.pc());
    return false;
  }
  space.mapper = &thread;
  thread.errand = errand::MapScratch{thread.general, *space.syscall_site};
  GeneralRegisters& regs = thread.general;
  regs.orig_rax = static_cast<unsigned long>(-1);  // nothing to restart
  regs.rip = space.syscall_site->value;
  regs.rax = SYS_mmap;
  regs.rdi = gap->value;
  regs.rsi = CopySlots::region_size;
  regs.rdx = PROT_READ | PROT_EXEC;
  regs.r10 = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  regs.r8 = static_cast<unsigned long>(-1);
  regs.r9 = 0;
  thread.general_dirty = true;
  resume(thread, ResumeMode::Step);
  return true;
}

void Machine::wake_users(const AddressSpace& space) {
  for (Thread* user : users_of(space)) {
    if (user->busy_with<errand::AwaitScratch>()) user->errand = {};
    if (user->stopped() && !user->awaits_errand()) observer_.occurred(*user, occurrence::Quiet{});
  }
}

// ---- ends of errands -----------------------------------------------------------------------------------

Occurrence Machine::finish_errand(Thread& thread) {
  if (thread.busy_with<errand::LeaveExec>()) {
    thread.errand = {};
    return occurrence::Started{};
  }
  if (const auto* mapping = std::get_if<errand::MapScratch>(&thread.errand)) {
    if (thread.pc() != mapping->call) {  // else it has not been made yet: undone, and tried again
      AddressSpace& space = *thread.process->space;
      const Address region{thread.general.rax};
      if (region.value % page_size == 0 && region.value != 0) {
        space.slots().add_region(region);
      } else {
        space.note_no_scratch(Address{mapping->saved.rip});
      }
    }
    undo_errand(thread, nullptr);
    return occurrence::Quiet{};
  }
  // One round of a repeated string instruction leaves the pc where it was.
  const auto* copy = std::get_if<errand::OutOfLine>(&thread.errand);
  const bool partly = copy != nullptr && thread.pc() == copy->slot;
  undo_errand(thread, nullptr);
  return occurrence::Stepped{partly};
}

void Machine::undo_errand(Thread& thread, siginfo_t* info) {
  // Within the copy the pc stands for one within the original: at its start before the instruction, at its end after it.
  const auto move_back = [&](Address slot, Address original, std::uint64_t length) {
    const std::uint64_t offset = thread.pc() - slot;
    if (offset > length) return;
    thread.set_pc(original + offset);
    // These name the instruction in si_addr (sigaction(2)).
    if (info != nullptr && (info->si_signo == SIGILL || info->si_signo == SIGFPE || info->si_signo == SIGTRAP)) {
      const Address fault{reinterpret_cast<std::uint64_t>(info->si_addr)};
      if (fault - slot <= length) {
        info->si_addr = reinterpret_cast<void*>((original + (fault - slot)).value);
        (void)kernel_.set_signal_info(thread.tid, *info);
      }
    }
  };
  if (const auto* copy = std::get_if<errand::OutOfLine>(&thread.errand)) {
    move_back(copy->slot, copy->original, copy->length);
  } else if (const auto* enter = std::get_if<errand::EnterSyscall>(&thread.errand)) {
    move_back(enter->slot, enter->original, 0);
  } else if (const auto* mapping = std::get_if<errand::MapScratch>(&thread.errand)) {
    thread.general = mapping->saved;
    thread.general_dirty = true;
  }
  forget_errand(thread);
}

void Machine::forget_errand(Thread& thread) {
  AddressSpace& space = *thread.process->space;
  const Errand ended = std::exchange(thread.errand, {});
  if (const auto* copy = std::get_if<errand::OutOfLine>(&ended)) {
    space.slots().give_back(copy->slot);
  } else if (const auto* enter = std::get_if<errand::EnterSyscall>(&ended)) {
    space.slots().give_back(enter->slot);
  } else if (std::holds_alternative<errand::MapScratch>(ended)) {
    space.mapper = nullptr;
    wake_users(space);
  } else if (std::holds_alternative<errand::AwaitOthers>(ended) || std::holds_alternative<errand::InLine>(ended)) {
    if (const auto* in_line = std::get_if<errand::InLine>(&ended)) space.rearm(in_line->site);
    space.inline_thread = nullptr;
    wake_users(space);
  }
}

}  // namespace gdbhub::core
