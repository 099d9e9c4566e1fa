// Prints what it was started with.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  alarm(300);
  for (int i = 1; i < argc; ++i) printf("argv[%d]=%s\n", i, argv[i]);
  for (char** entry = environ; *entry; ++entry) {
    if (strncmp(*entry, "GDBHUB_TEST", 11) == 0) printf("env %s\n", *entry);
  }
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory)) printf("cwd %s\n", directory);
  printf("end\n");
  return argc;
}
