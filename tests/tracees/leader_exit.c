// The leader thread ends early; a worker goes on and ends the process with 5.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_t leader;

__attribute__((noinline)) int worker_step(int round) { return round + 1; }
__attribute__((noinline)) void leader_is_gone(void) {}

static void* worker(void* unused) {
  pthread_join(leader, 0);
  leader_is_gone();
  for (int round = 0; round < 5;) round = worker_step(round);
  exit(5);
  return unused;
}

int main(void) {
  alarm(300);
  leader = pthread_self();
  pthread_t thread;
  pthread_create(&thread, 0, worker, 0);
  pthread_exit(0);
}
