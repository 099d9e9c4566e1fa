// What --help and --version say.
#pragma once

#include <string>

namespace gdbhub::net {

std::string usage_text();
std::string version_text();

}  // namespace gdbhub::net
