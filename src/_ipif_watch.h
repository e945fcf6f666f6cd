/* The ring behind a watch: the callback of NotifyIpInterfaceChange, NotifyUnicastIpAddressChange or
 * NotifyRouteChange2 writes events into it, and readers take them out.
 *
 * Part of _ipif.c, which includes it once.  The callbacks need no interpreter; the other functions
 * are called with the GIL. */

/* A watch is a registration and a ring of the events that nobody has read yet.
 *
 * Windows runs the callback on threads of its own, perhaps several at once.  It never touches
 * Python: it takes the lock, writes the keys of the row into the ring (or counts a dropped event
 * when the ring is full), wakes a reader and returns.  A row of another adapter than the one that
 * the watch is about takes no place.  PyThread locks need no interpreter.  A reader waits with the
 * GIL released, for a short time; Watch.get, in Python, repeats that until its timeout and handles
 * signals in between.
 *
 * lock is never held for longer than a moment.  Readers hold it with the GIL only: so a process
 * cannot be forked by another thread meanwhile, and no copy of the lock is locked for ever.
 *
 * wake is a lock that is held while there is nothing to read, and released to wake one reader.
 * awake says that it has been released and not been taken since.  A reader that takes it and leaves
 * more events, or finds the watch closed, releases it again for the next.
 *
 * The capsule owns the watch and frees it when it is collected. */
typedef enum { WATCH_INTERFACES, WATCH_ADDRESSES, WATCH_ROUTES, WATCH_KINDS } watch_kind;

/* The keys of a row: what names it among the rows of its kind. */
typedef struct {
    MIB_NOTIFICATION_TYPE type;
    ADDRESS_FAMILY family;
    NET_IFINDEX index;
    NET_LUID luid;
    SOCKADDR_INET address;         /* of an address */
    IP_ADDRESS_PREFIX destination; /* of a route, as is next_hop */
    SOCKADDR_INET next_hop;
} watch_event;

typedef struct {
    watch_kind kind;
    NET_LUID only;           /* the adapter that it is about, or 0 for all */
    HANDLE handle;           /* NULL once closed, or never opened */
    PyThread_type_lock lock; /* guards all that follows */
    PyThread_type_lock wake;
    int awake;
    int closed;
    int initial; /* the initial notification has come */
    watch_event *ring;
    size_t capacity;
    size_t first;
    size_t count;
    uint64_t dropped;
} watch;

#define WATCH_CAPSULE "ipif.watch"

/* Wake one reader.  The caller holds the lock. */
static void
watch_wake(watch *self)
{
    if (!self->awake) {
        self->awake = 1;
        PyThread_release_lock(self->wake);
    }
}

/* Put an event into the ring; NULL is the initial notification, which is no event. */
static void
watch_put(watch *self, const watch_event *event)
{
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (event == NULL) {
        self->initial = 1;
    }
    else if (self->closed) {
        /* the registration could not be cancelled */
    }
    else if (self->only.Value != 0 && self->only.Value != event->luid.Value) {
        /* of another adapter */
    }
    else if (self->count == self->capacity) {
        self->dropped++;
    }
    else {
        self->ring[(self->first + self->count++) % self->capacity] = *event;
        watch_wake(self);
    }
    PyThread_release_lock(self->lock);
}

/* Make an event that a reader took, and could not hand on, the first of the ring again; count it as
 * dropped when its place has been filled since. */
static void
watch_put_back(watch *self, const watch_event *event)
{
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (self->count == self->capacity) {
        self->dropped++;
    }
    else {
        self->first = (self->first + self->capacity - 1) % self->capacity;
        self->ring[self->first] = *event;
        self->count++;
        watch_wake(self);
    }
    PyThread_release_lock(self->lock);
}

/* The callbacks.  row is NULL for the initial notification; otherwise its keys are valid, and
 * nothing else. */
static VOID WINAPI
interface_callback(PVOID context, PMIB_IPINTERFACE_ROW row, MIB_NOTIFICATION_TYPE type)
{
    watch_event event = {.type = type};

    if (row != NULL) {
        event.family = row->Family;
        event.luid = row->InterfaceLuid;
        event.index = row->InterfaceIndex;
    }
    watch_put(context, row != NULL ? &event : NULL);
}

static VOID WINAPI
address_callback(PVOID context, PMIB_UNICASTIPADDRESS_ROW row, MIB_NOTIFICATION_TYPE type)
{
    watch_event event = {.type = type};

    if (row != NULL) {
        event.family = row->Address.si_family;
        event.luid = row->InterfaceLuid;
        event.index = row->InterfaceIndex;
        event.address = row->Address;
    }
    watch_put(context, row != NULL ? &event : NULL);
}

static VOID WINAPI
route_callback(PVOID context, PMIB_IPFORWARD_ROW2 row, MIB_NOTIFICATION_TYPE type)
{
    watch_event event = {.type = type};

    if (row != NULL) {
        event.family = row->DestinationPrefix.Prefix.si_family;
        event.luid = row->InterfaceLuid;
        event.index = row->InterfaceIndex;
        event.destination = row->DestinationPrefix;
        event.next_hop = row->NextHop;
    }
    watch_put(context, row != NULL ? &event : NULL);
}

/* The state of a ring as a reader finds it. */
typedef enum { WATCH_EMPTY, WATCH_EVENT, WATCH_CLOSED } watch_state;

/* Look into the ring after waiting for the wake lock, which has been taken or not.  An event is
 * moved to *event; where event is NULL it stays in the ring.  Return WATCH_EMPTY when nothing has
 * come, also when another reader took the event.
 *
 * A reader that did not get the wake lock looks into the ring all the same: another reader may hold
 * it at this moment, and a reader that does not wait (or waits no longer) must not miss an event
 * because of that.  Releasing the lock is left to its holder. */
static watch_state
watch_read(watch *self, int taken, watch_event *event)
{
    watch_state state = WATCH_EMPTY;

    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (taken) {
        self->awake = 0;
    }
    if (self->count > 0) {
        state = WATCH_EVENT;
        if (event != NULL) {
            *event = self->ring[self->first];
            self->first = (self->first + 1) % self->capacity;
            self->count--;
        }
    }
    else if (self->closed) {
        state = WATCH_CLOSED;
    }
    if (taken && (self->closed || self->count > 0)) {
        watch_wake(self);
    }
    PyThread_release_lock(self->lock);
    return state;
}

/* Cancel the registration, wait for callbacks that run, and wake every reader.  Closing twice is
 * fine.  When Windows refuses, the handle stays, and the next call tries again; that there is no
 * such registration (ERROR_INVALID_PARAMETER), as in a forked process, is no refusal. */
static void
watch_cancel(watch *self)
{
    HANDLE handle;
    DWORD error = NO_ERROR;

    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    handle = self->handle;
    self->handle = NULL;
    PyThread_release_lock(self->lock);
    if (handle != NULL) {
        Py_BEGIN_ALLOW_THREADS
            error = CancelMibChangeNotify2(handle);
        Py_END_ALLOW_THREADS
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (error != NO_ERROR && error != ERROR_INVALID_PARAMETER) {
        self->handle = handle;
    }
    self->closed = 1;
    watch_wake(self);
    PyThread_release_lock(self->lock);
}

/* Free a watch that has no registration. */
static void
watch_free(watch *self)
{
    if (self->wake != NULL) {
        watch_wake(self); /* a lock must be released before it is freed */
        PyThread_free_lock(self->wake);
    }
    if (self->lock != NULL) {
        PyThread_free_lock(self->lock);
    }
    free(self->ring);
    free(self);
}

/* Return a new watch without a registration, or NULL when memory is short; watch_free frees it. */
static watch *
watch_new(watch_kind kind, NET_LUID only, size_t capacity)
{
    watch *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        return NULL;
    }
    self->kind = kind;
    self->only = only;
    self->capacity = capacity;
    self->ring = calloc(capacity, sizeof(*self->ring));
    self->lock = PyThread_allocate_lock();
    self->wake = PyThread_allocate_lock();
    if (self->wake != NULL) {
        PyThread_acquire_lock(self->wake, WAIT_LOCK);
    }
    if (self->ring == NULL || self->lock == NULL || self->wake == NULL) {
        watch_free(self);
        return NULL;
    }
    return self;
}

/* The destructor of the capsule: no reader is left.  A watch that Windows may still call back is
 * never freed. */
static void
watch_destroy(PyObject *capsule)
{
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    watch_cancel(self);
    if (self->handle == NULL) {
        watch_free(self);
    }
}
