// Forks ROUNDS (1) children one after another; each works and exits 7; a child killed by a trap makes the parent fail.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

volatile int shared_value = 1;

__attribute__((noinline)) int common_work(int value) {
  shared_value = value * 2;
  return shared_value;
}
__attribute__((noinline)) int child_work(int value) { return common_work(value) + 1; }
__attribute__((noinline)) int parent_work(int value) { return common_work(value) + 2; }

int main(int argc, char** argv) {
  alarm(300);
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < rounds; ++i) {
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      child_work(i);
      _exit(7);
    }
    parent_work(i);
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 2;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) {
      printf("child died: status %x\n", status);
      return 3;
    }
  }
  printf("fork: ok\n");
  return 0;
}
