// A debugger on a serial line.
#pragma once

#include "gdbhub/result.h"
#include "server/listener.h"

namespace gdbhub::net {

/// Opens the device of the endpoint, raw and without becoming controlled by it, and says so as gdbserver does.
Result<Client> open_device(const ListenSpec& spec);

}  // namespace gdbhub::net
