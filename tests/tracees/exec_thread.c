// A thread that is not the leader replaces the program, while others run; the second image exits 4.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

volatile long spins;

__attribute__((noinline)) int second_image(void) {
  int code = 4;
  return code;
}
__attribute__((noinline)) void before_exec(void) { fflush(stdout); }

static void* spinner(void* argument) {
  for (;;) {
    ++spins;
    usleep(100);
  }
  return argument;
}

static void* execer(void* name) {
  before_exec();
  execl("/proc/self/exe", (char*)name, "second", (char*)0);
  _exit(127);
}

int main(int argc, char** argv) {
  alarm(300);
  if (argc > 1 && strcmp(argv[1], "second") == 0) {
    printf("second image\n");
    return second_image();
  }
  pthread_t threads[3];
  pthread_create(&threads[0], 0, spinner, 0);
  pthread_create(&threads[1], 0, spinner, 0);
  pthread_create(&threads[2], 0, execer, argv[0]);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], 0);
  return 1;
}
