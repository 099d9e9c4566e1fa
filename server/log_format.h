// How `gdbhub log` shows events.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gdbhub::net {

/// One line, its newline included: the parameters of an event as text for people, or as JSON. Throws
/// nlohmann's exceptions for parameters that are no event's.
std::string format_event(const nlohmann::json& event, bool as_json);

/// Control characters made visible: part of the text comes from tracees, and is not to steer a terminal.
std::string printable(const std::string& text);

}  // namespace gdbhub::net
