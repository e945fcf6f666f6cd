/* A library to be preloaded: it lets the n-th allocation of a thread fail, and counts.
 *
 * start(n, ours) arms it for the calling thread: the n-th call of malloc, calloc or realloc from
 * then on returns NULL, and no other. With `ours`, only calls count that come from the extension of
 * ipif. stop() disarms it, and returns how many calls were counted. blocks() is the number of blocks
 * of the whole process that are in use, and of those that the extension has asked for when `ours`.
 * With PYTHONMALLOC=malloc all objects of Python come from malloc, too.
 *
 * A crash ends the process with 66 when the extension is near, otherwise with 67: it is CPython's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEAR = 8, MOST_OURS = 4096, CRASH_HERE = 66, CRASH_ELSEWHERE = 67 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

static __thread int armed;
static __thread int only_ours;
static __thread long failing;
static __thread long counted;
static long in_use, ours_in_use;
static void *ours[MOST_OURS]; /* the blocks that the extension has asked for: ours_in_use of them */
static int lock;
static uintptr_t first, last; /* the addresses of the extension */

static int
find_extension(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    if (strstr(info->dlpi_name, "_ipif_sim") == NULL) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];

        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            first = info->dlpi_addr + part->p_vaddr;
            last = first + part->p_memsz;
        }
    }
    return 1;
}

static int
is_ours(void *address)
{
    return (uintptr_t)address >= first && (uintptr_t)address < last;
}

/* Ends the process. The first two frames are of the signal. */
static void
crashed(int number)
{
    void *frames[NEAR + 2];
    int found = backtrace(frames, NEAR + 2);

    (void)number;
    for (int i = 2; i < found; i++) {
        if (is_ours(frames[i])) {
            _exit(CRASH_HERE);
        }
    }
    _exit(CRASH_ELSEWHERE);
}

void
start(long n, int ours)
{
    if (first == 0) {
        void *frame;

        dl_iterate_phdr(find_extension, NULL);
        backtrace(&frame, 1); /* loads a library */
        signal(SIGSEGV, crashed);
        signal(SIGBUS, crashed);
        signal(SIGABRT, crashed);
    }
    failing = n;
    only_ours = ours;
    counted = 0;
    armed = 1;
}

long
stop(void)
{
    armed = 0;
    return counted;
}

long
blocks(int ours)
{
    return __atomic_load_n(ours ? &ours_in_use : &in_use, __ATOMIC_RELAXED);
}

/* Returns whether an allocation that `caller` asks for is to fail. */
static int
fails(void *caller)
{
    if (!armed || (only_ours && !is_ours(caller)) || ++counted != failing) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

static void
take_lock(void)
{
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
    }
}

static void
release_lock(void)
{
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

/* Adds a block to the list of the extension's. */
static void
add(void *block)
{
    take_lock();
    if (ours_in_use == MOST_OURS) {
        abort();
    }
    ours[ours_in_use++] = block;
    release_lock();
}

/* Replaces a block in the list of the extension's if it is there; takes it off for a NULL. */
static void
replace(void *old, void *new)
{
    if (blocks(1) == 0) {
        return;
    }
    take_lock();
    for (long i = ours_in_use - 1; i >= 0; i--) {
        if (ours[i] == old) {
            ours[i] = new != NULL ? new : ours[--ours_in_use];
            break;
        }
    }
    release_lock();
}

static void *
count(void *block, void *caller)
{
    if (block != NULL) {
        __atomic_add_fetch(&in_use, 1, __ATOMIC_RELAXED);
        if (is_ours(caller)) {
            add(block);
        }
    }
    return block;
}

void *
malloc(size_t size)
{
    void *caller = __builtin_return_address(0);

    return fails(caller) ? NULL : count(__libc_malloc(size), caller);
}

void *
calloc(size_t number, size_t size)
{
    void *caller = __builtin_return_address(0);

    return fails(caller) ? NULL : count(__libc_calloc(number, size), caller);
}

void *
realloc(void *old, size_t size)
{
    void *caller = __builtin_return_address(0);

    if (fails(caller)) {
        return NULL;
    }
    if (old == NULL) {
        return count(__libc_malloc(size), caller);
    }
    void *moved = __libc_realloc(old, size);
    if (moved != NULL && moved != old) {
        replace(old, moved);
    }
    return moved;
}

void
free(void *block)
{
    if (block != NULL) {
        __atomic_sub_fetch(&in_use, 1, __ATOMIC_RELAXED);
        replace(block, NULL);
    }
    __libc_free(block);
}
