// Text inside XML.
#pragma once

#include <string>
#include <string_view>

namespace gdbhub::gdb {

/// `text` as the content of an element or of a quoted attribute. What XML cannot have, control characters and
/// bytes that are not UTF-8, becomes `?`: one such byte would cost gdb the whole document.
std::string xml_escaped(std::string_view text);

}  // namespace gdbhub::gdb
