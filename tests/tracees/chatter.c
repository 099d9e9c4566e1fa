// chatter lines N: N numbered lines, then exits.   chatter flood BYTES: so many bytes, as fast as it can, then exits.
// chatter endless: writes without end.             chatter echo: repeats each line of its input; says which streams are terminals.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char block[65536];

static void flood(long bytes) {
  memset(block, 'x', sizeof block);
  for (size_t end = 79; end < sizeof block; end += 80) block[end] = '\n';
  while (bytes != 0) {
    const size_t size = bytes < 0 || bytes > (long)sizeof block ? sizeof block : (size_t)bytes;
    const ssize_t written = write(STDOUT_FILENO, block, size);
    if (written < 0) exit(1);
    if (bytes > 0) bytes -= written;
  }
}

static void echo(void) {
  char line[1000];
  printf("terminals %d%d%d\n", isatty(0), isatty(1), isatty(2));
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
    printf("got %s", line);
    fflush(stdout);
  }
}

int main(int argc, char** argv) {
  const long number = argc > 2 ? atol(argv[2]) : -1;
  if (argc > 1 && strcmp(argv[1], "echo") == 0) echo();
  else if (argc > 1 && strcmp(argv[1], "lines") == 0)
    for (long i = 0; i < number; ++i) printf("line %ld of %ld\n", i, number);
  else flood(number);
  return 3;
}
