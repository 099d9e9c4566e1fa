// Something to step through, to watch and to call.
#include <stdio.h>
#include <unistd.h>

volatile int watched;
int numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
char text[32] = "the quick brown fox";

__attribute__((noinline)) int square(int value) {
  int result = value * value;
  return result;
}

__attribute__((noinline)) int sum_of_squares(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += square(numbers[i]);
  }
  return sum;
}

__attribute__((noinline)) void change_watched(void) {
  watched = 10;
  watched = 10;
  watched = 11;
}

__attribute__((noinline)) long spin(long rounds) {
  long total = 0;
  for (volatile long i = 0; i < rounds; ++i) total += i;
  return total;
}

int main(void) {
  alarm(300);
  int first = square(3);
  int second = sum_of_squares(3);
  change_watched();
  if (spin(1000000) != 499999500000) return 1;
  printf("steps: %d %d %d\n", first, second, watched);
  return first + second;  // 9 + 14
}
