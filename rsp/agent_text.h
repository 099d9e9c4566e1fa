// Agent expressions as text: what a breakpoint's condition says, for people.
#pragma once

#include <functional>
#include <string>

#include "rsp/agent_expr.h"

namespace gdbhub::rsp {

/// The value of the program as an expression of C on `$registers` and memory: "*(int *)($rbp - 20) == 3". The bytecode has neither the
/// names of variables nor their types any more. What has loops or is very long is only counted: "62 instructions".
std::string describe(const AgentProgram& program, const std::function<std::string(unsigned number)>& register_name);

}  // namespace gdbhub::rsp
