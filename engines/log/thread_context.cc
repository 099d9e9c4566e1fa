#include "engines/log/thread_context.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "gdbhub/bytes.h"

namespace gdbhub::log {
namespace {

// Registers have their numbers; what else there is comes after them.
enum Special : unsigned { ThreadId = 1'000'000, ProcessId, Hits, ThreadName };

struct SpecialName {
  std::string_view name;
  Special number;
};
constexpr SpecialName kSpecial[] = {
    {"tid", ThreadId}, {"pid", ProcessId}, {"hits", Hits}, {"thread", ThreadName}};

struct Alias {
  std::string_view name, reg;
};
constexpr Alias kAliases[] = {{"pc", "rip"},   {"sp", "rsp"},   {"fp", "rbp"},   {"ret", "rax"},
                              {"arg1", "rdi"}, {"arg2", "rsi"}, {"arg3", "rdx"}, {"arg4", "rcx"},
                              {"arg5", "r8"},  {"arg6", "r9"}};

constexpr std::array<std::string_view, 6> kArguments = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};

std::optional<unsigned> number_of(const Isa& isa, std::string_view name) {
  const auto alias = std::ranges::find(kAliases, name, &Alias::name);
  if (alias != std::end(kAliases)) name = alias->reg;
  const auto& all = isa.registers();
  const auto found = std::ranges::find(all, name, &RegisterInfo::name);
  const auto number = static_cast<unsigned>(found - all.begin());
  if (found == all.end() || !isa.is_general(number) || found->bits > 64) return std::nullopt;
  return number;
}

}  // namespace

expr::FindVariable variables_of(const Isa& isa) {
  return [&isa](std::string_view name) -> std::optional<expr::Variable> {
    const auto special = std::ranges::find(kSpecial, name, &SpecialName::name);
    if (special != std::end(kSpecial))
      return expr::Variable{special->number,
                            special->number == ThreadName ? expr::Type::text() : expr::Type{}};
    const std::optional<unsigned> number = number_of(isa, name);
    if (!number) return std::nullopt;
    const bool is_address = isa.registers()[*number].type.ends_with("_ptr");
    return expr::Variable{*number, is_address ? expr::Type::unsigned_long() : expr::Type{}};
  };
}

Result<std::uint64_t> ThreadContext::register_value(unsigned number) {
  if (!registers_) {
    Result<RegisterState> fetched = hub_.registers(engine_, event_.tid, false);
    if (!fetched) return fetched.error();
    registers_ = std::move(*fetched);
  }
  std::array<Byte, 8> bytes{};
  const RegisterInfo& info = hub_.isa().registers()[number];
  if (!hub_.isa().read(*registers_, number, {bytes.data(), info.bits / 8}))
    return Error{ErrorCode::Unsupported, 0, "The register " + std::string(info.name) + " has no value"};
  return load<std::uint64_t>(bytes);
}

Result<std::uint64_t> ThreadContext::argument(unsigned number) {
  return register_value(number_of(hub_.isa(), kArguments.at(number - 1)).value_or(0));
}

Result<expr::Value> ThreadContext::variable(unsigned number) {
  switch (number) {
    case ThreadId:
      return expr::Value{static_cast<std::uint64_t>(event_.tid.value), {}};
    case ProcessId:
      return expr::Value{static_cast<std::uint64_t>(event_.pid.value), {}};
    case Hits:
      return expr::Value{hits_, {}};
    case ThreadName: {
      const Result<Bytes> name =
          hub_.kernel().proc_file(event_.pid, "task/" + std::to_string(event_.tid.value) + "/comm");
      if (!name) return name.error();
      std::string text(text_of(*name));
      if (text.ends_with('\n')) text.pop_back();
      return expr::Value{0, std::move(text)};
    }
    default:
      break;
  }
  const auto value = register_value(number);
  if (!value) return value.error();
  return expr::Value{*value, {}};
}

}  // namespace gdbhub::log
