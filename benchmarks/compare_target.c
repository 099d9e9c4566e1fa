// The program that compare_gdbserver.py debugs: one thread calls hot() for ever, the others wait.
//     compare_target THREADS
// Prints the addresses of hot, count and data, in hex.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

volatile long count;
static unsigned char data[1 << 20];

// Not static, not inlined, not specialised: a function with a prologue, as a breakpoint finds it.
__attribute__((noinline, noclone)) void hot(long i) {
  volatile long copy = i;
  (void)copy;
}

static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}

int main(int argc, char** argv) {
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 1; --i) {
    pthread_t thread;
    if (pthread_create(&thread, &small, wait_for_ever, 0) != 0) return 1;
  }
  printf("%lx %lx %lx\n", (unsigned long)hot, (unsigned long)&count, (unsigned long)data);
  fflush(stdout);
  for (;;) {
    hot(count);
    ++count;
  }
}
