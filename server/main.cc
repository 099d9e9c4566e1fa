// gdbhub: a debug server that many debuggers share.
#include "gdbhub/serve.h"

int main(int argc, char** argv) { return gdbhub::serve(argc, argv); }
