// Threads with variables of their own, and vector registers with known values at checkpoint().
#include <pthread.h>
#include <unistd.h>

__thread long own = 7;
static __thread char large[100000];
static pthread_barrier_t started;

__attribute__((noinline)) void checkpoint(void) { __asm__ volatile("" ::: "memory"); }

static void* worker(void* argument) {
  own = (long)argument;
  large[own] = (char)own;
  pthread_barrier_wait(&started);
  for (;;) pause();
  return 0;
}

int main(void) {
  alarm(300);
  enum { workers = 3 };
  pthread_barrier_init(&started, 0, workers + 1);
  for (long i = 1; i <= workers; ++i) {
    pthread_t thread;
    pthread_create(&thread, 0, worker, (void*)(100 * i));
  }
  pthread_barrier_wait(&started);
  if (__builtin_cpu_supports("avx512bw")) {
    __asm__ volatile(
        "movabs $0x1122334455667788, %%rax\n\t"
        "vpbroadcastq %%rax, %%zmm3\n\t"
        "vpbroadcastq %%rax, %%zmm17\n\t"
        "vpbroadcastq %%rax, %%zmm31\n\t"
        "mov $0xa5a5, %%eax\n\t"
        "kmovq %%rax, %%k1\n\t"
        "kmovq %%rax, %%k7" ::: "rax", "memory");
  }
  checkpoint();
  return 0;
}
