// Stands between a command and the operating system (LD_PRELOAD, Linux), and lets calls go wrong as `FAULTS` says:
//
//   short     reads and writes transfer a part of what was asked for, in two calls of three
//   eintr     open, read and write are interrupted before they begin, in two calls of three
//   fail:N    from the Nth call on that makes or changes a file, the disk is full
//   count     nothing; when the process ends, FAULTS_COUNT holds how many calls make or change a file, and how many read
//   shrink:N  the file that the Nth call reads from has lost its second half by then
//   change:N  the file that the Nth call reads from has other bytes by then; FAULTS_COUNT holds its path, as with shrink
//
// Pipes and what is no regular file are left alone, but for `short` and `eintr`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum { NONE, SHORT, EINTR_, FAIL, COUNT, SHRINK, CHANGE } mode;
static long number;
static atomic_long calls, changing, reading;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void choose(void) {
  const char *text = getenv("FAULTS");
  const char *names[] = {"", "short", "eintr", "fail:", "count", "shrink:", "change:"};
  for (int m = SHORT; text && m <= CHANGE; m++)
    if (!strncmp(text, names[m], strlen(names[m]))) {
      mode = m;
      number = atol(text + strlen(names[m]));
    }
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULTS_COUNT");
  FILE *file = mode == COUNT && path ? fopen(path, "w") : NULL;
  if (!file) return;
  long changed = changing, read = reading;
  fprintf(file, "%ld %ld\n", changed, read);
  fclose(file);
}

static int isFile(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

// Files that the kernel makes up, as those in /proc, are read at once: libdispatch, which looks at its threads there, takes
// an interruption for its end.
static int isMadeUp(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
}

// Whether this call, which makes or changes a file, finds the disk full.
static int isFull(void) {
  long call = ++changing;
  if (mode != FAIL || call < number) return 0;
  errno = ENOSPC;
  return 1;
}

static int isInterrupted(void) {
  if (mode != EINTR_ || ++calls % 3 == 0) return 0;
  errno = EINTR;
  return 1;
}

static size_t part(size_t count) {
  if (mode != SHORT || count < 2) return count;
  long call = ++calls;
  return call % 3 == 0 ? count : call % 3 == 1 ? 1 : count / 2;
}

// Done by another hand: the descriptor that is read may not be written.
static void spoil(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  struct stat status;
  if (length < 0 || fstat(descriptor, &status)) return;
  path[length] = 0;
  const char *home = getenv("FAULTS_IN");
  if (!home || strncmp(path, home, strlen(home))) return;
  const char *report = getenv("FAULTS_COUNT");
  FILE *file = report ? fopen(report, "w") : NULL;
  if (file) {
    fprintf(file, "%s\n", path);
    fclose(file);
  }
  if (mode == SHRINK) {
    if (truncate(path, status.st_size / 2)) abort();
    return;
  }
  int other = NEXT(open)(path, O_WRONLY | O_CLOEXEC);
  static const char bytes[] = "\xff{}\x00,9\n\x80";
  for (off_t at = status.st_size / 3; other >= 0 && at + 8 <= status.st_size; at += status.st_size / 8 + 8)
    if (NEXT(pwrite)(other, bytes, 8, at) < 0) abort();
  if (other >= 0) NEXT(close)(other);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  if (!isMadeUp(descriptor) && isInterrupted()) return -1;
  if (isFile(descriptor) && ++reading == number && (mode == SHRINK || mode == CHANGE)) spoil(descriptor);
  return NEXT(read)(descriptor, bytes, part(count));
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (isInterrupted()) return -1;
  if (isFile(descriptor) && isFull()) return -1;
  return NEXT(write)(descriptor, bytes, part(count));
}

#define POSITIONED(name, offset, type)                                            \
  ssize_t name(int descriptor, type bytes, size_t count, offset at) {             \
    if (isFull()) return -1;                                                      \
    return NEXT(name)(descriptor, bytes, count, at);                              \
  }
POSITIONED(pwrite, off_t, const void *)
POSITIONED(pwrite64, off64_t, const void *)

#define OPENING(name)                                                             \
  int name(const char *path, int flags, ...) {                                    \
    va_list rest;                                                                 \
    va_start(rest, flags);                                                        \
    mode_t permissions = flags & O_CREAT ? va_arg(rest, mode_t) : 0;              \
    va_end(rest);                                                                 \
    if (strncmp(path, "/proc/", 6) && isInterrupted()) return -1;                 \
    if (flags & O_CREAT && isFull()) return -1;                                   \
    return NEXT(name)(path, flags, permissions);                                  \
  }
OPENING(open)
OPENING(open64)

int rename(const char *before, const char *after) { return isFull() ? -1 : NEXT(rename)(before, after); }
int mkdir(const char *path, mode_t permissions) { return isFull() ? -1 : NEXT(mkdir)(path, permissions); }
int fsync(int descriptor) { return isFull() ? -1 : NEXT(fsync)(descriptor); }
int fdatasync(int descriptor) { return isFull() ? -1 : NEXT(fdatasync)(descriptor); }
int ftruncate(int descriptor, off_t size) { return isFull() ? -1 : NEXT(ftruncate)(descriptor, size); }

// What a full network disk says when a file is closed.
int close(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  int fails = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && isFile(descriptor) && isFull();
  int closed = NEXT(close)(descriptor);
  if (fails) errno = ENOSPC;
  return fails ? -1 : closed;
}
