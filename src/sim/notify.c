/* notify.c: registrations for changes of IP interfaces, and the threads that deliver them.
 *
 * Every registration has a queue and a thread of its own, so callbacks of different registrations
 * may overlap, as they do on Windows [observed]. A queue grows without limit; a notification for
 * which there is no memory is lost, as on a computer that has none. Queues are part of the world
 * and behind its lock; a callback runs without it and may call any function.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* ---- a registration and its thread ---- */

struct event {
    MIB_NOTIFICATION_TYPE type;
    ADDRESS_FAMILY family;
    NET_IFINDEX index;
    uint64_t luid;
};

struct sim_watch {
    struct sim_watch *next;
    HANDLE handle;
    ADDRESS_FAMILY family;
    PIPINTERFACE_CHANGE_CALLBACK callback;
    PVOID context;

    sim_thread thread;
    sim_condition wake; /* there is an event, or the end */
    int cancelled;
    int orphaned; /* cancelled by its own callback: the thread frees the registration */
    int running;  /* the callback is being called */

    struct event *events; /* a ring: `count` events from `first` on */
    uint32_t first, count, capacity;
};

/* Releases a registration whose thread has ended or is about to. */
static void free_watch(struct sim_watch *watch)
{
    sim_condition_destroy(&watch->wake);
    free(watch->events);
    free(watch);
}

/* Appends an event and wakes the thread. Returns whether there was memory. Needs the lock. */
static int enqueue(struct sim_watch *watch, const struct event *event)
{
    if (watch->count == watch->capacity) {
        uint32_t i, bigger = watch->capacity != 0 ? watch->capacity * 2 : 64;
        struct event *events = bigger != 0 ? calloc(bigger, sizeof(*events)) : NULL;

        if (events == NULL) {
            return 0;
        }
        for (i = 0; i < watch->count; i++) {
            events[i] = watch->events[(watch->first + i) % watch->capacity];
        }
        free(watch->events);
        watch->events = events;
        watch->first = 0;
        watch->capacity = bigger;
    }
    watch->events[(watch->first + watch->count) % watch->capacity] = *event;
    watch->count++;
    sim_wake_all(&watch->wake);
    return 1;
}

/* Calls the callback with one event. Without the lock. */
static void call_back(const struct sim_watch *watch, const struct event *event)
{
    MIB_IPINTERFACE_ROW row;

    if (event->type == MibInitialNotification) {
        watch->callback(watch->context, NULL, event->type); /* no row [documented] */
        return;
    }
    /* Only the keys may be relied upon [documented]; so there is nothing else. */
    memset(&row, 0, sizeof(row));
    row.Family = event->family;
    row.InterfaceLuid.Value = event->luid;
    row.InterfaceIndex = event->index;
    watch->callback(watch->context, &row, event->type);
}

/* The thread of a registration: delivers one event after the other until it is cancelled. */
static SIM_THREAD_RESULT deliver(void *argument)
{
    struct sim_watch *watch = argument;
    int orphaned;

    sim_acquire(&sim_world.lock);
    for (;;) {
        struct event event;

        while (watch->count == 0 && !watch->cancelled) {
            sim_wait(&watch->wake, &sim_world.lock);
        }
        if (watch->cancelled) {
            break;
        }
        event = watch->events[watch->first];
        watch->first = (watch->first + 1) % watch->capacity;
        watch->count--;
        watch->running = 1;
        sim_release(&sim_world.lock);
        call_back(watch, &event);
        sim_acquire(&sim_world.lock);
        watch->running = 0;
        if (watch->count == 0) {
            sim_wake_all(&sim_world.idle);
        }
    }
    orphaned = watch->orphaned;
    sim_release(&sim_world.lock);
    if (orphaned) {
        free_watch(watch);
    }
    return 0;
}

/* ---- fork ---- */

/* Nobody holds the lock while a fork happens. A child has none of the threads, so it starts
 * without registrations, and a handle from before is unknown to it. What they hold is lost; freeing
 * it would mean touching conditions on which threads of another process wait. */
static void before_fork(void)
{
    sim_acquire(&sim_world.lock);
}
static void after_fork_in_parent(void)
{
    sim_release(&sim_world.lock);
}
static void after_fork_in_child(void)
{
    sim_world.watches = NULL;
    sim_condition_init(&sim_world.idle);
    sim_release(&sim_world.lock);
}

void sim_guard_forks(void)
{
    if (!sim_world.forks_guarded) {
        sim_on_fork(before_fork, after_fork_in_parent, after_fork_in_child);
        sim_world.forks_guarded = 1;
    }
}

/* ---- the functions ---- */

NETIO_STATUS NETIOAPI_API_ NotifyIpInterfaceChange(ADDRESS_FAMILY Family,
                                                   PIPINTERFACE_CHANGE_CALLBACK Callback,
                                                   PVOID CallerContext, BOOLEAN InitialNotification,
                                                   HANDLE *NotificationHandle)
{
    const struct event initial = {MibInitialNotification, AF_UNSPEC, 0, 0};
    struct sim_watch *watch = NULL;
    DWORD error = sim_enter(SIM_NotifyIpInterfaceChange);

    if (NotificationHandle != NULL) {
        *NotificationHandle = NULL; /* what it is on failure [documented] */
    }
    if (error != NO_ERROR) {
        return error;
    }
    if (NotificationHandle == NULL || Callback == NULL
        || (Family != AF_UNSPEC && !sim_is_family(Family))) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = ERROR_NOT_ENOUGH_MEMORY;
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        goto done;
    }
    watch->family = Family;
    watch->callback = Callback;
    watch->context = CallerContext;
    sim_condition_init(&watch->wake);
    if ((InitialNotification && !enqueue(watch, &initial))
        || !sim_thread_start(&watch->thread, deliver, watch)) {
        free_watch(watch);
        goto done;
    }
    sim_world.last_handle += 4;
    watch->handle = (HANDLE)sim_world.last_handle;
    watch->next = sim_world.watches;
    sim_world.watches = watch;
    *NotificationHandle = watch->handle;
    error = NO_ERROR;

done:
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_ CancelMibChangeNotify2(HANDLE NotificationHandle)
{
    struct sim_watch **place;
    struct sim_watch *watch;
    int own_callback;
    DWORD error = sim_enter(SIM_CancelMibChangeNotify2);

    if (error != NO_ERROR) {
        return error;
    }
    place = &sim_world.watches;
    while (*place != NULL && (*place)->handle != NotificationHandle) {
        place = &(*place)->next;
    }
    watch = *place;
    if (watch == NULL) {
        sim_leave();
        return ERROR_INVALID_PARAMETER; /* [NULL: published programs; stale: unconfirmed] */
    }
    *place = watch->next;
    watch->cancelled = 1;
    watch->count = 0;
    own_callback = sim_thread_is_this(&watch->thread);
    watch->orphaned = own_callback;
    sim_wake_all(&watch->wake);
    sim_wake_all(&sim_world.idle);
    sim_leave();

    if (own_callback) {
        /* Windows deadlocks here [documented]. A simulation that hangs teaches nothing, so this
         * one lets the callback finish. */
        sim_thread_detach(&watch->thread);
    }
    else {
        sim_thread_join(&watch->thread); /* no callback runs any more [relied upon] */
        free_watch(watch);
    }
    return NO_ERROR;
}

void sim_notify(MIB_NOTIFICATION_TYPE type, ADDRESS_FAMILY family, const MIB_IF_ROW2 *link)
{
    struct event event;
    struct sim_watch *watch;

    event.type = type;
    event.family = family;
    event.index = link->InterfaceIndex;
    event.luid = link->InterfaceLuid.Value;
    for (watch = sim_world.watches; watch != NULL; watch = watch->next) {
        if (watch->family == AF_UNSPEC || watch->family == family) {
            (void)enqueue(watch, &event);
        }
    }
}

/* Returns whether some registration has something to deliver or is delivering. Needs the lock. */
static int busy(void)
{
    const struct sim_watch *watch;

    for (watch = sim_world.watches; watch != NULL; watch = watch->next) {
        if (watch->count != 0 || watch->running) {
            return 1;
        }
    }
    return 0;
}

DWORD sim_settle(uint32_t milliseconds)
{
    uint64_t deadline = sim_now() + milliseconds;
    DWORD error = NO_ERROR;

    sim_acquire(&sim_world.lock);
    while (busy()) {
        if (sim_now() >= deadline) {
            error = WAIT_TIMEOUT;
            break;
        }
        sim_wait_until(&sim_world.idle, &sim_world.lock, deadline);
    }
    sim_release(&sim_world.lock);
    return error;
}
