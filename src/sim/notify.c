/* notify.c: registrations for IP interface changes, and the threads that deliver notifications.
 *
 * Each registration has its own queue and thread, so callbacks of different registrations may run
 * concurrently, as on Windows [observed]. A queue grows without limit; a notification is dropped if
 * there is no memory for it. The machine's lock guards the queues; callbacks run without it and may
 * call any function.
 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* ---- a registration and its thread ---- */

struct event {
    MIB_NOTIFICATION_TYPE type;
    ADDRESS_FAMILY family;
    NET_IFINDEX index;
    uint64_t luid;
};

struct sim_registration {
    struct sim_registration *next;
    HANDLE handle;
    ADDRESS_FAMILY family;
    PIPINTERFACE_CHANGE_CALLBACK callback;
    PVOID context;

    sim_thread thread;
    sim_condition wake; /* signalled on a new event and on cancellation */
    int cancelled;
    int orphaned; /* cancelled from its own callback: its thread frees it */
    int running;  /* the callback is running */

    struct event *events; /* ring buffer: `count` events from `first` on */
    uint32_t first, count, capacity;
};

/* Frees a registration whose thread has ended or is about to end. */
static void
free_registration(struct sim_registration *registration)
{
    sim_condition_destroy(&registration->wake);
    free(registration->events);
    free(registration);
}

/* Appends an event and wakes the thread. Returns 0 if there is no memory. Requires the lock. */
static int
enqueue(struct sim_registration *registration, const struct event *event)
{
    if (registration->count == registration->capacity) {
        uint32_t i, bigger = registration->capacity != 0 ? registration->capacity * 2 : 64;
        struct event *events = bigger != 0 ? calloc(bigger, sizeof(*events)) : NULL;

        if (events == NULL) {
            return 0;
        }
        for (i = 0; i < registration->count; i++) {
            events[i] = registration->events[(registration->first + i) % registration->capacity];
        }
        free(registration->events);
        registration->events = events;
        registration->first = 0;
        registration->capacity = bigger;
    }
    registration->events[(registration->first + registration->count) % registration->capacity] =
        *event;
    registration->count++;
    sim_wake_all(&registration->wake);
    return 1;
}

/* Calls the callback with an event. Must not hold the lock. */
static void
call_callback(const struct sim_registration *registration, const struct event *event)
{
    MIB_IPINTERFACE_ROW row;

    if (event->type == MibInitialNotification) {
        registration->callback(registration->context, NULL, event->type); /* no row [documented] */
        return;
    }
    /* Only the keys are defined [documented]; the other members stay 0. */
    memset(&row, 0, sizeof(row));
    row.Family = event->family;
    row.InterfaceLuid.Value = event->luid;
    row.InterfaceIndex = event->index;
    registration->callback(registration->context, &row, event->type);
}

/* Thread of a registration: delivers its events in order until it is cancelled. */
static SIM_THREAD_RESULT
deliver(void *argument)
{
    struct sim_registration *registration = argument;
    int orphaned;

    sim_acquire(&sim_machine.lock);
    for (;;) {
        struct event event;

        while (registration->count == 0 && !registration->cancelled) {
            sim_wait(&registration->wake, &sim_machine.lock);
        }
        if (registration->cancelled) {
            break;
        }
        event = registration->events[registration->first];
        registration->first = (registration->first + 1) % registration->capacity;
        registration->count--;
        registration->running = 1;
        sim_release(&sim_machine.lock);
        call_callback(registration, &event);
        sim_acquire(&sim_machine.lock);
        registration->running = 0;
        if (registration->count == 0) {
            sim_wake_all(&sim_machine.idle);
        }
    }
    orphaned = registration->orphaned;
    sim_release(&sim_machine.lock);
    if (orphaned) {
        free_registration(registration);
    }
    return 0;
}

/* ---- fork ---- */

/* fork() runs with the lock held, so the child gets a consistent machine. The child has none of the
 * delivery threads, so it starts without registrations; the parent's handles are unknown there.
 * Their memory is leaked in the child: destroying condition variables that had waiters is
 * undefined. */
static void
before_fork(void)
{
    sim_acquire(&sim_machine.lock);
}

static void
after_fork_in_parent(void)
{
    sim_release(&sim_machine.lock);
}

static void
after_fork_in_child(void)
{
    sim_machine.registrations = NULL;
    sim_condition_init(&sim_machine.idle);
    sim_release(&sim_machine.lock);
}

void
sim_register_fork_handlers(void)
{
    if (!sim_machine.fork_handlers_registered) {
        sim_on_fork(before_fork, after_fork_in_parent, after_fork_in_child);
        sim_machine.fork_handlers_registered = 1;
    }
}

/* ---- the functions ---- */

NETIO_STATUS NETIOAPI_API_
NotifyIpInterfaceChange(ADDRESS_FAMILY Family, PIPINTERFACE_CHANGE_CALLBACK Callback,
                        PVOID CallerContext, BOOLEAN InitialNotification,
                        HANDLE *NotificationHandle)
{
    const struct event initial = {MibInitialNotification, AF_UNSPEC, 0, 0};
    struct sim_registration *registration = NULL;
    DWORD error = sim_enter(SIM_NotifyIpInterfaceChange);

    if (NotificationHandle != NULL) {
        *NotificationHandle = NULL; /* the value on failure [documented] */
    }
    if (error != NO_ERROR) {
        return error;
    }
    if (NotificationHandle == NULL || Callback == NULL ||
        (Family != AF_UNSPEC && !sim_is_family(Family))) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = ERROR_NOT_ENOUGH_MEMORY;
    registration = calloc(1, sizeof(*registration));
    if (registration == NULL) {
        goto done;
    }
    registration->family = Family;
    registration->callback = Callback;
    registration->context = CallerContext;
    sim_condition_init(&registration->wake);
    if ((InitialNotification && !enqueue(registration, &initial)) ||
        !sim_thread_start(&registration->thread, deliver, registration)) {
        free_registration(registration);
        goto done;
    }
    sim_machine.last_handle += 4;
    registration->handle = (HANDLE)sim_machine.last_handle;
    registration->next = sim_machine.registrations;
    sim_machine.registrations = registration;
    *NotificationHandle = registration->handle;
    error = NO_ERROR;

done:
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
CancelMibChangeNotify2(HANDLE NotificationHandle)
{
    struct sim_registration **place;
    struct sim_registration *registration;
    int own_callback;
    DWORD error = sim_enter(SIM_CancelMibChangeNotify2);

    if (error != NO_ERROR) {
        return error;
    }
    place = &sim_machine.registrations;
    while (*place != NULL && (*place)->handle != NotificationHandle) {
        place = &(*place)->next;
    }
    registration = *place;
    if (registration == NULL) {
        sim_leave();
        return ERROR_INVALID_PARAMETER; /* [NULL: inferred; stale handle: unconfirmed] */
    }
    *place = registration->next;
    registration->cancelled = 1;
    registration->count = 0;
    own_callback = sim_thread_is_this(&registration->thread);
    registration->orphaned = own_callback;
    sim_wake_all(&registration->wake);
    sim_wake_all(&sim_machine.idle);
    sim_leave();

    if (own_callback) {
        /* Windows deadlocks here [documented]. The simulation lets the callback finish, so that a
         * test fails instead of hanging. */
        sim_thread_detach(&registration->thread);
    }
    else {
        sim_thread_join(&registration->thread); /* no callback runs afterwards [inferred] */
        free_registration(registration);
    }
    return NO_ERROR;
}

void
sim_notify(MIB_NOTIFICATION_TYPE type, ADDRESS_FAMILY family, const MIB_IF_ROW2 *adapter)
{
    struct event event;
    struct sim_registration *registration;

    event.type = type;
    event.family = family;
    event.index = adapter->InterfaceIndex;
    event.luid = adapter->InterfaceLuid.Value;
    for (registration = sim_machine.registrations; registration != NULL;
         registration = registration->next) {
        if (registration->family == AF_UNSPEC || registration->family == family) {
            (void)enqueue(registration, &event);
        }
    }
}

/* Returns whether any notification is queued or being delivered. Requires the lock. */
static int
is_busy(void)
{
    const struct sim_registration *registration;

    for (registration = sim_machine.registrations; registration != NULL;
         registration = registration->next) {
        if (registration->count != 0 || registration->running) {
            return 1;
        }
    }
    return 0;
}

DWORD
sim_settle(uint32_t milliseconds)
{
    uint64_t deadline = sim_now() + milliseconds;
    DWORD error = NO_ERROR;

    sim_acquire(&sim_machine.lock);
    while (is_busy()) {
        if (sim_now() >= deadline) {
            error = WAIT_TIMEOUT;
            break;
        }
        sim_wait_until(&sim_machine.idle, &sim_machine.lock, deadline);
    }
    sim_release(&sim_machine.lock);
    return error;
}
