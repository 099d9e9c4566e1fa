// Worker threads that each call a function of their own in a loop, and check at the end that no call was lost.
// Usage: threads [WORKERS=4] [ROUNDS=0: until `stop_requested` is set] [PAUSE_US=200] [LIFETIME_S=300]
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { max_workers = 64 };

volatile int stop_requested;
atomic_long total;
static long rounds, pause_us = 200;
static long calls[max_workers];
static pthread_barrier_t started;

__attribute__((noinline)) long worker_a(long round) {
  long next = round + 1;
  return next;
}
__attribute__((noinline)) long worker_b(long round) {
  long next = round + 1;
  return next;
}
__attribute__((noinline)) long worker_c(long round) {
  long next = round + 1;
  return next;
}
__attribute__((noinline)) long worker_d(long round) {
  long next = round + 1;
  return next;
}

static long (*const functions[])(long) = {worker_a, worker_b, worker_c, worker_d};

static void* worker(void* argument) {
  long index = (long)argument;
  pthread_barrier_wait(&started);
  while (!stop_requested && (rounds == 0 || calls[index] < rounds)) {
    calls[index] = functions[index % 4](calls[index]);
    atomic_fetch_add(&total, 1);
    usleep(pause_us);
  }
  return 0;
}

int main(int argc, char** argv) {
  int workers = argc > 1 ? atoi(argv[1]) : 4;
  rounds = argc > 2 ? atol(argv[2]) : 0;
  if (argc > 3) pause_us = atol(argv[3]);
  if (workers < 1 || workers > max_workers) return 2;
  alarm(argc > 4 ? atoi(argv[4]) : 300);  // whatever the test does, no run is left behind
  pthread_barrier_init(&started, 0, workers + 1);
  pthread_t threads[max_workers];
  for (long i = 0; i < workers; ++i) pthread_create(&threads[i], 0, worker, (void*)i);
  pthread_barrier_wait(&started);
  printf("ready\n");
  fflush(stdout);
  long sum = 0;
  for (int i = 0; i < workers; ++i) {
    pthread_join(threads[i], 0);
    if (rounds != 0 && !stop_requested && calls[i] != rounds) return 9;
    sum += calls[i];
  }
  printf("threads: %s\n", sum == total ? "ok" : "LOST CALLS");
  return sum == total ? 0 : 9;
}
