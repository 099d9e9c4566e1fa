// Loads plug.so from its own folder, calls it, unloads it, ROUNDS (1) times.
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((noinline)) void before_load(void) {}
__attribute__((noinline)) void after_load(int result) { (void)result; }

int main(int argc, char** argv) {
  alarm(300);
  char self[PATH_MAX] = "", path[PATH_MAX + 16];
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 2;
  snprintf(path, sizeof path, "%s/plug.so", dirname(self));
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < rounds; ++i) {
    before_load();
    void* library = dlopen(path, RTLD_NOW);
    if (!library) return 3;
    int (*function)(int) = (int (*)(int))dlsym(library, "plug_function");
    int result = function(2);
    after_load(result);
    if (result != 42) return 4;
    dlclose(library);
  }
  printf("dl: ok\n");
  return 0;
}
