/* threads.h: locks, condition variables and threads, on POSIX threads or the Windows API.
 *
 * Used instead of C11's <threads.h>, which many systems lack. Only this file and kernel32.c test
 * for the platform. Only sim_thread_start can fail.
 */
#ifndef IPIF_SIM_THREADS_H
#define IPIF_SIM_THREADS_H

#include <stdint.h>

#ifdef _MSC_VER
#define SIM_THREAD_LOCAL __declspec(thread)
#else
#define SIM_THREAD_LOCAL _Thread_local
#endif

/* Below: sim_microseconds() returns the current time in microseconds; the epoch is unspecified. */

#ifdef _WIN32

#include <winsock2.h> /* before windows.h, which would include the older winsock.h */
#include <windows.h>

typedef SRWLOCK sim_lock;
typedef CONDITION_VARIABLE sim_condition;
typedef struct {
    HANDLE handle;
    DWORD id;
} sim_thread;

#define SIM_LOCK_INITIALIZER SRWLOCK_INIT
#define SIM_CONDITION_INITIALIZER CONDITION_VARIABLE_INIT
#define SIM_THREAD_RESULT DWORD WINAPI /* return type of a thread function, which returns 0 */

static inline void
sim_acquire(sim_lock *lock)
{
    AcquireSRWLockExclusive(lock);
}

static inline void
sim_release(sim_lock *lock)
{
    ReleaseSRWLockExclusive(lock);
}

static inline void
sim_condition_init(sim_condition *condition)
{
    InitializeConditionVariable(condition);
}

static inline void
sim_condition_destroy(sim_condition *condition)
{
    (void)condition;
}

static inline void
sim_wake_all(sim_condition *condition)
{
    WakeAllConditionVariable(condition);
}

static inline void
sim_wait(sim_condition *condition, sim_lock *lock)
{
    (void)SleepConditionVariableSRW(condition, lock, INFINITE, 0);
}

/* Returns the current time in milliseconds; the epoch is unspecified. */
static inline uint64_t
sim_now(void)
{
    return GetTickCount64();
}

static inline uint64_t
sim_microseconds(void)
{
    LARGE_INTEGER now, frequency;
    (void)QueryPerformanceCounter(&now);
    (void)QueryPerformanceFrequency(&frequency);
    return (uint64_t)((double)now.QuadPart * 1e6 / (double)frequency.QuadPart);
}

/* Waits until `deadline` at the latest; spurious wakeups are possible. */
static inline void
sim_wait_until(sim_condition *condition, sim_lock *lock, uint64_t deadline)
{
    uint64_t now = sim_now();
    if (now < deadline) {
        (void)SleepConditionVariableSRW(condition, lock, (DWORD)(deadline - now), 0);
    }
}

/* Starts a thread, which must be joined or detached once. Returns 0 on failure. */
static inline int
sim_thread_start(sim_thread *thread, DWORD(WINAPI *function)(void *), void *arg)
{
    thread->handle = CreateThread(NULL, 0, function, arg, 0, &thread->id);
    return thread->handle != NULL;
}

static inline int
sim_thread_is_this(const sim_thread *thread)
{
    return thread->id == GetCurrentThreadId();
}

static inline void
sim_thread_join(sim_thread *thread)
{
    (void)WaitForSingleObject(thread->handle, INFINITE);
    (void)CloseHandle(thread->handle);
}

static inline void
sim_thread_detach(sim_thread *thread)
{
    (void)CloseHandle(thread->handle);
}

/* Windows has no fork(), so there is nothing to register. */
static inline void
sim_on_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
    (void)before;
    (void)parent;
    (void)child;
}

#else

#include <pthread.h>
#include <time.h>

typedef pthread_mutex_t sim_lock;
typedef pthread_cond_t sim_condition;
typedef pthread_t sim_thread;

#define SIM_LOCK_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#define SIM_CONDITION_INITIALIZER PTHREAD_COND_INITIALIZER
#define SIM_THREAD_RESULT void *

static inline void
sim_acquire(sim_lock *lock)
{
    (void)pthread_mutex_lock(lock);
}

static inline void
sim_release(sim_lock *lock)
{
    (void)pthread_mutex_unlock(lock);
}

static inline void
sim_condition_init(sim_condition *condition)
{
    (void)pthread_cond_init(condition, NULL);
}

static inline void
sim_condition_destroy(sim_condition *condition)
{
    (void)pthread_cond_destroy(condition);
}

static inline void
sim_wake_all(sim_condition *condition)
{
    (void)pthread_cond_broadcast(condition);
}

static inline void
sim_wait(sim_condition *condition, sim_lock *lock)
{
    (void)pthread_cond_wait(condition, lock);
}

/* Returns the current time in milliseconds, on the clock that pthread_cond_timedwait uses. */
static inline uint64_t
sim_now(void)
{
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline uint64_t
sim_microseconds(void)
{
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Waits until `deadline` at the latest; spurious wakeups are possible. */
static inline void
sim_wait_until(sim_condition *condition, sim_lock *lock, uint64_t deadline)
{
    struct timespec until;
    until.tv_sec = (time_t)(deadline / 1000u);
    until.tv_nsec = (long)(deadline % 1000u) * 1000000L;
    (void)pthread_cond_timedwait(condition, lock, &until);
}

/* Starts a thread, which must be joined or detached once. Returns 0 on failure. */
static inline int
sim_thread_start(sim_thread *thread, void *(*function)(void *), void *arg)
{
    return pthread_create(thread, NULL, function, arg) == 0;
}

static inline int
sim_thread_is_this(const sim_thread *thread)
{
    return pthread_equal(*thread, pthread_self());
}

static inline void
sim_thread_join(sim_thread *thread)
{
    (void)pthread_join(*thread, NULL);
}

static inline void
sim_thread_detach(sim_thread *thread)
{
    (void)pthread_detach(*thread);
}

/* Registers functions to be called around every fork() of this process. */
static inline void
sim_on_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
    (void)pthread_atfork(before, parent, child);
}

#endif

#endif
