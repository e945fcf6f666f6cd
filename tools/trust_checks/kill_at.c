/* A library to be preloaded: it kills the process at the n-th call that changes a file, and writes
 * down these calls.
 *
 * kill_at(n, trace) arms it: the n-th call from then on is not made any more (a write is made by
 * half), and the process gets SIGKILL. With 0 it only writes down. `trace` is the descriptor to
 * which each call is appended, one on a line; mark(text) appends a line of the caller, and counts
 * as a call. The trace itself is written by system calls that are not counted, so it needs no buffer that would be lost.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long left;
static int trace = -1;

void
kill_at(long n, int descriptor)
{
    left = n;
    trace = descriptor;
}

static void
append(const char *text)
{
    char line[600];
    int size = snprintf(line, sizeof(line), "%s\n", text);

    if (size > 0) {
        syscall(SYS_write, trace, line, (size_t)size);
    }
}

static void
die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* Returns whether the process is to be killed at this call; writes the call down otherwise. */
static int
is_last(const char *name, int descriptor, const char *from, const char *to)
{
    char text[580];

    if (trace < 0) {
        return 0;
    }
    if (left > 0 && --left == 0) {
        return 1;
    }
    snprintf(text, sizeof(text), "%s %d %.250s %.250s", name, descriptor, from, to);
    append(text);
    return 0;
}

void
mark(const char *text)
{
    if (trace >= 0) {
        if (left > 0 && --left == 0) {
            die();
        }
        append(text);
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int descriptor, const void *data, size_t size)
{
    if (is_last("write", descriptor, "", "")) {
        syscall(SYS_write, descriptor, data, size / 2);
        die();
    }
    return REAL(write)(descriptor, data, size);
}

int
fsync(int descriptor)
{
    if (is_last("fsync", descriptor, "", "")) {
        die();
    }
    return REAL(fsync)(descriptor);
}

int
fchmod(int descriptor, mode_t mode)
{
    if (is_last("fchmod", descriptor, "", "")) {
        die();
    }
    return REAL(fchmod)(descriptor, mode);
}

int
rename(const char *from, const char *to)
{
    if (is_last("rename", -1, from, to)) {
        die();
    }
    return REAL(rename)(from, to);
}

int
renameat(int folder, const char *from, int other, const char *to)
{
    if (is_last("rename", -1, from, to)) {
        die();
    }
    return REAL(renameat)(folder, from, other, to);
}

int
unlink(const char *path)
{
    if (is_last("unlink", -1, path, "")) {
        die();
    }
    return REAL(unlink)(path);
}

int
unlinkat(int folder, const char *path, int flags)
{
    if (is_last("unlink", -1, path, "")) {
        die();
    }
    return REAL(unlinkat)(folder, path, flags);
}

/* Opens a file; only those that may make one count. */
static int
open_at(int folder, const char *path, int flags, mode_t mode)
{
    int descriptor;

    if ((flags & O_CREAT) != 0 && trace >= 0 && left == 1) {
        die();
    }
    descriptor = openat(folder, path, flags, mode);
    if ((flags & O_CREAT) != 0) {
        (void)is_last("open", descriptor, path, "");
    }
    return descriptor;
}

int
open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list arguments;

    va_start(arguments, flags);
    if ((flags & O_CREAT) != 0) {
        mode = va_arg(arguments, mode_t);
    }
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

int
openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list arguments;

    va_start(arguments, flags);
    if ((flags & O_CREAT) != 0) {
        mode = va_arg(arguments, mode_t);
    }
    va_end(arguments);
    return open_at(folder, path, flags, mode);
}
