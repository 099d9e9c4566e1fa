// Runs itself through vfork and exec, ROUNDS (1) times; the second image exits 6.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) int second_image(void) { return 6; }
__attribute__((noinline)) void after_vfork(int status) { (void)status; }

int main(int argc, char** argv) {
  alarm(300);
  if (argc > 1 && strcmp(argv[1], "second") == 0) return second_image();
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < rounds; ++i) {
    pid_t child = vfork();
    if (child == 0) {
      execl("/proc/self/exe", argv[0], "second", (char*)0);
      _exit(127);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 2;
    after_vfork(status);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 6) return 3;
  }
  printf("vfork_exec: ok\n");
  return 0;
}
