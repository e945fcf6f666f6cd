/* The ring behind a watch: the callback of NotifyIpInterfaceChange writes events into it, and
 * readers take them out.
 *
 * Part of _ipif.c, which includes it once.  Nothing here needs an interpreter, except
 * watch_destroy. */

/* A watch is a registration and a ring of the events that nobody has read yet.
 *
 * Windows runs the callback on threads of its own, perhaps several at once.  It never touches
 * Python: it takes the lock, writes the keys of the row into the ring (or counts a dropped event
 * when the ring is full), wakes a reader and returns.  PyThread locks need no interpreter.  A
 * reader waits with the GIL released, for a short time; Watch.get, in Python, repeats that until
 * its timeout and handles signals in between.
 *
 * wake is a lock that is held while there is nothing to read, and released to wake one reader.
 * awake says that it has been released and not been taken since.  A reader that takes it and leaves
 * more events, or finds the watch closed, releases it again for the next.
 *
 * The capsule owns the watch and frees it when it is collected. */
typedef struct {
    MIB_NOTIFICATION_TYPE type;
    ADDRESS_FAMILY family;
    NET_IFINDEX index;
    NET_LUID luid;
} watch_event;

typedef struct {
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

/* The callback.  row is NULL for the initial notification, which is no event; otherwise its keys
 * are valid, and nothing else. */
static VOID WINAPI
watch_callback(PVOID context, PMIB_IPINTERFACE_ROW row, MIB_NOTIFICATION_TYPE type)
{
    watch *self = context;

    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (row == NULL) {
        self->initial = 1;
    }
    else if (self->count == self->capacity) {
        self->dropped++;
    }
    else {
        watch_event *event = &self->ring[(self->first + self->count++) % self->capacity];
        event->type = type;
        event->family = row->Family;
        event->luid = row->InterfaceLuid;
        event->index = row->InterfaceIndex;
        watch_wake(self);
    }
    PyThread_release_lock(self->lock);
}

/* The state of a ring as a reader finds it. */
typedef enum { WATCH_EMPTY, WATCH_EVENT, WATCH_CLOSED } watch_state;

/* Wait for something to read, up to a time limit.  An event is moved to *event; where event is NULL
 * it stays in the ring.  Return the result of the wait; *state is WATCH_EMPTY when nothing has
 * come, also when another reader took the event.  Needs no GIL.
 *
 * A reader that did not get the wake lock looks into the ring all the same: another reader may hold
 * it at this moment, and a reader that does not wait (or waits no longer) must not miss an event
 * because of that.  Releasing the lock is left to its holder. */
static PyLockStatus
watch_read(watch *self, PY_TIMEOUT_T microseconds, watch_event *event, watch_state *state)
{
    PyLockStatus status = PyThread_acquire_lock_timed(self->wake, microseconds, 1);
    int taken = status == PY_LOCK_ACQUIRED;

    *state = WATCH_EMPTY;
    if (status == PY_LOCK_INTR) {
        return status;
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (taken) {
        self->awake = 0;
    }
    if (self->count > 0) {
        *state = WATCH_EVENT;
        if (event != NULL) {
            *event = self->ring[self->first];
            self->first = (self->first + 1) % self->capacity;
            self->count--;
        }
    }
    else if (self->closed) {
        *state = WATCH_CLOSED;
    }
    if (taken && (self->closed || self->count > 0)) {
        watch_wake(self);
    }
    PyThread_release_lock(self->lock);
    return status;
}

/* Cancel the registration, wait for callbacks that run, and wake every reader.  Closing twice is
 * fine.  Must not be called with the GIL: CancelMibChangeNotify2 waits. */
static void
watch_cancel(watch *self)
{
    HANDLE handle;

    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    handle = self->handle;
    self->handle = NULL;
    PyThread_release_lock(self->lock);
    if (handle != NULL) {
        CancelMibChangeNotify2(handle);
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
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
watch_new(size_t capacity)
{
    watch *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        return NULL;
    }
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

/* The destructor of the capsule: no reader is left. */
static void
watch_destroy(PyObject *capsule)
{
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    Py_BEGIN_ALLOW_THREADS
        watch_cancel(self);
    Py_END_ALLOW_THREADS
    watch_free(self);
}
