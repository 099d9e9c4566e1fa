// A cursor over the text of a packet.
#pragma once

#include "gdbhub/text_cursor.h"
#include "rsp/hex.h"

namespace gdbhub::rsp {

using Reader = TextCursor;

}  // namespace gdbhub::rsp
