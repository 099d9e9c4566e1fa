// Calls a function that it chooses when it starts (IFUNC), and one that the C library chooses.
// Usage: chosen [ROUNDS=0: until `stop_requested` is set]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile int stop_requested;

static long first_way(long n) { return n + 1; }
static long second_way(long n) { return n + 1; }
static long (*choose(void))(long) { return sizeof(void*) == 4 ? first_way : second_way; }
long chosen(long n) __attribute__((ifunc("choose")));

int main(int argc, char** argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 0, sum = 0;
  size_t (*volatile length)(const char*) = strlen;
  alarm(300);  // whatever the test does, no run is left behind
  printf("ready\n");
  fflush(stdout);
  for (long i = 0; !stop_requested && (rounds == 0 || i < rounds); ++i) {
    sum += chosen(i) + (long)length("how long is this?");
    usleep(1000);
  }
  return sum < 0;
}
