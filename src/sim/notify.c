/* notify.c: registrations for changes of IP interfaces, addresses and routes, and the threads that
 * deliver notifications.
 *
 * Each registration has its own queue and thread, so callbacks of different registrations may run
 * concurrently, as on Windows [observed]. A queue grows without limit; a notification is dropped if
 * there is no memory for it. The machine's lock guards the queues; callbacks run without it and may
 * call any function. A registration is notified of the adapters in the compartment that its thread
 * was in [inferred: all functions act on the thread's compartment].
 *
 * The initial notification is delivered before the function returns, for addresses [observed in
 * published conformance tests] and for the others [inferred: initial_later], or by the
 * registration's thread if SIM_INITIAL_LATER is set.
 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* ---- a registration and its thread ---- */

/* How many events a queue has room for before it grows. */
enum { FIRST_EVENTS = 64 };

enum kind { OF_INTERFACES, OF_ADDRESSES, OF_ROUTES };

/* A notification. Its row holds the keys only, as nothing else is defined [documented]; the other
 * members are 0. */
struct event {
    MIB_NOTIFICATION_TYPE type;
    union {
        MIB_IPINTERFACE_ROW interface_row;
        MIB_UNICASTIPADDRESS_ROW address;
        MIB_IPFORWARD_ROW2 route;
    } row;
};

struct sim_registration {
    struct sim_registration *next;
    HANDLE handle;
    enum kind kind;
    ADDRESS_FAMILY family;
    uint32_t compartment;
    union {
        PIPINTERFACE_CHANGE_CALLBACK of_interfaces;
        PUNICAST_IPADDRESS_CHANGE_CALLBACK of_addresses;
        PIPFORWARD_CHANGE_CALLBACK of_routes;
    } callback;
    PVOID context;

    sim_thread thread;
    sim_condition wake; /* signalled on a new event, on cancellation, and after the initial call */
    int cancelled;
    int orphaned; /* cancelled from its own callback: its thread frees it */
    int running;  /* the callback is running; the thread waits while it is the initial call */

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
        uint32_t i, bigger = registration->capacity * 2;
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

/* Calls the callback with an event; there is no row in the initial one [documented]. Must not hold
 * the lock. */
static void
call_callback(const struct sim_registration *registration, struct event *event)
{
    const int initial = event->type == MibInitialNotification;
    const PVOID context = registration->context;

    switch (registration->kind) {
    case OF_INTERFACES:
        registration->callback.of_interfaces(context, initial ? NULL : &event->row.interface_row,
                                             event->type);
        break;
    case OF_ADDRESSES:
        registration->callback.of_addresses(context, initial ? NULL : &event->row.address,
                                            event->type);
        break;
    case OF_ROUTES:
        registration->callback.of_routes(context, initial ? NULL : &event->row.route, event->type);
        break;
    }
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

        while ((registration->count == 0 || registration->running || sim_machine.forking) &&
               !registration->cancelled) {
            sim_wait(&registration->wake, &sim_machine.lock);
        }
        if (registration->cancelled) {
            break;
        }
        event = registration->events[registration->first];
        registration->first = (registration->first + 1) % registration->capacity;
        registration->count--;
        registration->running = 1;
        sim_machine.callbacks++;
        sim_release(&sim_machine.lock);
        call_callback(registration, &event);
        sim_acquire(&sim_machine.lock);
        registration->running = 0;
        sim_machine.callbacks--;
        if (registration->count == 0 || sim_machine.forking) {
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

/* fork() runs with the lock held, so the child gets a consistent machine, and while no callback
 * runs, so the child finds no lock that a callback holds. It waits for that FORK_WAIT milliseconds
 * at most, as a callback may need something that the forking thread holds. The child has none of
 * the delivery threads, so it starts without registrations; the parent's handles are unknown there.
 * Their memory is leaked in the child: destroying condition variables that had waiters is
 * undefined. */
enum { FORK_WAIT = 1000 };

static void
before_fork(void)
{
    uint64_t deadline;

    sim_acquire(&sim_machine.lock);
    sim_machine.forking++;
    deadline = sim_now() + FORK_WAIT;
    while (sim_machine.callbacks != 0 && sim_now() < deadline) {
        sim_wait_until(&sim_machine.idle, &sim_machine.lock, deadline);
    }
}

static void
after_fork_in_parent(void)
{
    struct sim_registration *registration;

    sim_machine.forking--;
    for (registration = sim_machine.registrations; registration != NULL;
         registration = registration->next) {
        sim_wake_all(&registration->wake);
    }
    sim_release(&sim_machine.lock);
}

static void
after_fork_in_child(void)
{
    sim_machine.forking = 0;
    sim_machine.callbacks = 0;
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

/* Implements the Notify functions; `error` is the result of sim_enter. Fills `kind` and `callback`
 * of a new registration from `wanted`. */
static DWORD
open_registration(DWORD error, const struct sim_registration *wanted, BOOLEAN initial,
                  HANDLE *handle)
{
    struct event first;
    struct sim_registration *registration = NULL;
    int at_once;

    memset(&first, 0, sizeof(first));
    first.type = MibInitialNotification;
    if (handle != NULL) {
        *handle = NULL; /* the value on failure [documented] */
    }
    if (error != NO_ERROR) {
        return error;
    }
    at_once = initial && (sim_machine.flags & SIM_INITIAL_LATER) == 0;
    if (handle == NULL || wanted->callback.of_interfaces == NULL ||
        (wanted->family != AF_UNSPEC && !sim_is_family(wanted->family))) {
        error = ERROR_INVALID_PARAMETER;
        goto done;
    }
    error = ERROR_NOT_ENOUGH_MEMORY;
    registration = calloc(1, sizeof(*registration));
    if (registration == NULL) {
        goto done;
    }
    *registration = *wanted;
    registration->compartment = sim_thread_compartment + 1;
    registration->running = at_once;
    registration->capacity = FIRST_EVENTS; /* so that no change lacks the memory for its event */
    registration->events = calloc(FIRST_EVENTS, sizeof(*registration->events));
    sim_condition_init(&registration->wake);
    if (registration->events == NULL || (initial && !at_once && !enqueue(registration, &first)) ||
        !sim_thread_start(&registration->thread, deliver, registration)) {
        free_registration(registration);
        goto done;
    }
    sim_machine.last_handle += 4;
    registration->handle = (HANDLE)sim_machine.last_handle;
    registration->next = sim_machine.registrations;
    sim_machine.registrations = registration;
    if (at_once) {
        /* Nobody can cancel it yet: the handle is not known before it is written below. */
        sim_machine.callbacks++;
        sim_leave();
        call_callback(registration, &first);
        sim_acquire(&sim_machine.lock);
        registration->running = 0;
        sim_machine.callbacks--;
        sim_wake_all(&registration->wake);
        sim_wake_all(&sim_machine.idle);
    }
    *handle = registration->handle;
    error = NO_ERROR;

done:
    sim_leave();
    return error;
}

NETIO_STATUS NETIOAPI_API_
NotifyIpInterfaceChange(ADDRESS_FAMILY Family, PIPINTERFACE_CHANGE_CALLBACK Callback,
                        PVOID CallerContext, BOOLEAN InitialNotification,
                        HANDLE *NotificationHandle)
{
    const struct sim_registration wanted = {.kind = OF_INTERFACES,
                                            .family = Family,
                                            .callback.of_interfaces = Callback,
                                            .context = CallerContext};

    return open_registration(sim_enter(SIM_NotifyIpInterfaceChange), &wanted, InitialNotification,
                             NotificationHandle);
}

NETIO_STATUS NETIOAPI_API_
NotifyUnicastIpAddressChange(ADDRESS_FAMILY Family, PUNICAST_IPADDRESS_CHANGE_CALLBACK Callback,
                             PVOID CallerContext, BOOLEAN InitialNotification,
                             HANDLE *NotificationHandle)
{
    const struct sim_registration wanted = {.kind = OF_ADDRESSES,
                                            .family = Family,
                                            .callback.of_addresses = Callback,
                                            .context = CallerContext};

    return open_registration(sim_enter(SIM_NotifyUnicastIpAddressChange), &wanted,
                             InitialNotification, NotificationHandle);
}

NETIO_STATUS NETIOAPI_API_
NotifyRouteChange2(ADDRESS_FAMILY AddressFamily, PIPFORWARD_CHANGE_CALLBACK Callback,
                   PVOID CallerContext, BOOLEAN InitialNotification, HANDLE *NotificationHandle)
{
    const struct sim_registration wanted = {.kind = OF_ROUTES,
                                            .family = AddressFamily,
                                            .callback.of_routes = Callback,
                                            .context = CallerContext};

    return open_registration(sim_enter(SIM_NotifyRouteChange2), &wanted, InitialNotification,
                             NotificationHandle);
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

/* Queues an event for each registration of its kind, its family and the compartment of its adapter,
 * which must be in the machine. */
static void
notify(enum kind kind, ADDRESS_FAMILY family, uint64_t luid, const struct event *event)
{
    const struct sim_adapter *adapter = sim_adapter_by_luid(luid);
    struct sim_registration *registration;

    for (registration = sim_machine.registrations; registration != NULL;
         registration = registration->next) {
        if (registration->kind == kind &&
            (registration->family == AF_UNSPEC || registration->family == family) &&
            adapter != NULL && adapter->compartment == registration->compartment) {
            (void)enqueue(registration, event);
        }
    }
}

void
sim_notify(MIB_NOTIFICATION_TYPE type, ADDRESS_FAMILY family, const MIB_IF_ROW2 *adapter)
{
    struct event event;

    memset(&event, 0, sizeof(event));
    event.type = type;
    event.row.interface_row.Family = family;
    event.row.interface_row.InterfaceLuid = adapter->InterfaceLuid;
    event.row.interface_row.InterfaceIndex = adapter->InterfaceIndex;
    notify(OF_INTERFACES, family, adapter->InterfaceLuid.Value, &event);
}

void
sim_notify_address(MIB_NOTIFICATION_TYPE type, const MIB_UNICASTIPADDRESS_ROW *address)
{
    struct event event;

    memset(&event, 0, sizeof(event));
    event.type = type;
    event.row.address.Address = address->Address;
    event.row.address.InterfaceLuid = address->InterfaceLuid;
    event.row.address.InterfaceIndex = address->InterfaceIndex;
    notify(OF_ADDRESSES, address->Address.si_family, address->InterfaceLuid.Value, &event);
}

void
sim_notify_route(MIB_NOTIFICATION_TYPE type, const MIB_IPFORWARD_ROW2 *route)
{
    struct event event;

    memset(&event, 0, sizeof(event));
    event.type = type;
    event.row.route.InterfaceLuid = route->InterfaceLuid;
    event.row.route.InterfaceIndex = route->InterfaceIndex;
    event.row.route.DestinationPrefix = route->DestinationPrefix;
    event.row.route.NextHop = route->NextHop;
    notify(OF_ROUTES, route->DestinationPrefix.Prefix.si_family, route->InterfaceLuid.Value,
           &event);
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
