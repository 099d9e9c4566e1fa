// Many idle threads. Usage: sleepers [N=50]
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

volatile int stop_requested;
volatile long ticks;
static pthread_barrier_t started;

static void* sleeper(void* unused) {
  pthread_barrier_wait(&started);
  for (;;) pause();
  return unused;
}

__attribute__((noinline)) void tick(void) { ++ticks; }

int main(int argc, char** argv) {
  alarm(300);
  int count = argc > 1 ? atoi(argv[1]) : 50;
  pthread_barrier_init(&started, 0, count + 1);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (int i = 0; i < count; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, sleeper, 0) != 0) return 2;
  }
  pthread_barrier_wait(&started);
  printf("ready\n");
  fflush(stdout);
  while (!stop_requested) {
    tick();
    usleep(1000);
  }
  return 0;
}
