// Known values in vector and x87 registers at checkpoint(); what xmm0 holds afterwards is printed.
#include <stdio.h>
#include <unistd.h>

static double low_high[4] = {1.5, -2.25, 1024.0, 0.125};
static double seen[4];

__attribute__((noinline)) static void checkpoint(void) {}

int main(void) {
  alarm(300);
  if (__builtin_cpu_supports("avx")) {
    __asm__ volatile("vmovupd %0, %%ymm0" ::"m"(low_high) : "xmm0");
  } else {
    __asm__ volatile("movupd %0, %%xmm0" ::"m"(low_high) : "xmm0");
  }
  __asm__ volatile("fldpi\n\tfld1");
  checkpoint();
  __asm__ volatile("movupd %%xmm0, %0" : "=m"(seen));
  double top = 0, below = 0;
  __asm__ volatile("fstpl %0" : "=m"(top));
  __asm__ volatile("fstpl %0" : "=m"(below));
  printf("xmm0=%g,%g st=%g,%.5f\n", seen[0], seen[1], top, below);
  return 0;
}
