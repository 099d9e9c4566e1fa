// Counts the signals it gets. Usage: signals [N=3]: raises N SIGUSR1 and one SIGUSR2, exit code = signals handled;
// signals wait: handles what comes from outside until a SIGTERM.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t usr1_count, usr2_count, stop_requested;

void on_usr1(int number) {
  (void)number;
  ++usr1_count;
}
void on_usr2(int number) {
  (void)number;
  ++usr2_count;
}
void on_term(int number) {
  (void)number;
  stop_requested = 1;
}

__attribute__((noinline)) void before_raise(int round) { (void)round; }
__attribute__((noinline)) void after_raise(int round) { (void)round; }

int main(int argc, char** argv) {
  alarm(300);
  signal(SIGUSR1, on_usr1);
  signal(SIGUSR2, on_usr2);
  signal(SIGTERM, on_term);
  if (argc > 1 && strcmp(argv[1], "wait") == 0) {
    printf("ready\n");
    fflush(stdout);
    while (!stop_requested) pause();
  } else {
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    for (int i = 0; i < rounds; ++i) {
      before_raise(i);
      raise(SIGUSR1);
      after_raise(i);
    }
    raise(SIGUSR2);
  }
  printf("usr1=%d usr2=%d\n", (int)usr1_count, (int)usr2_count);
  fflush(stdout);
  return usr1_count + usr2_count;
}
