// Loaded by dl.c.
__attribute__((noinline)) int plug_function(int value) { return value + 40; }
