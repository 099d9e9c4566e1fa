// Runs until it is told to stop. Usage: loop [spin|block]: a busy loop, or a read that nobody answers.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

volatile long counter;
volatile int stop_requested;

__attribute__((noinline)) void spin_once(void) { ++counter; }

__attribute__((noinline)) int spin(void) {
  while (!stop_requested) spin_once();
  return 0;
}

__attribute__((noinline)) int block(void) {
  int ends[2];
  if (pipe(ends) != 0) return 2;
  char byte;
  long got = read(ends[0], &byte, 1);
  ++counter;
  return (int)got;
}

int main(int argc, char** argv) {
  alarm(300);
  int blocking = argc > 1 && strcmp(argv[1], "block") == 0;
  printf("ready\n");
  fflush(stdout);
  return blocking ? block() : spin();
}
