/* The ring behind a watch: what the callback of NotifyIpInterfaceChange writes and a reader takes
 * out.
 *
 * Part of _ipif.c, which includes it once.  Nothing here needs an interpreter, but for the end of
 * the capsule. */

/* A watch is a registration and a ring of the events that it has brought and nobody has read yet.
 *
 * The callback runs on a thread of Windows' own, perhaps on several at once, and never touches
 * Python: it takes the lock, writes the keys of the row into the ring (or counts a lost event when
 * the ring is full), opens the gate and returns.  PyThread locks need no interpreter.  A reader
 * waits at the gate with the GIL released, for at most one slice; the loop that makes slices into a
 * timeout, and lets signals in between, is Python's (Watch.get).
 *
 * The gate is a lock that is held while there is nothing to see; open says that it has been
 * released and not been taken since. Whoever passes and leaves something behind (more events, or
 * the end) opens it again for the next.
 *
 * Two capsules of one watch do not exist: the capsule owns the watch and frees it when it is
 * collected. */
typedef struct {
    MIB_NOTIFICATION_TYPE type;
    ADDRESS_FAMILY family;
    NET_IFINDEX index;
    NET_LUID luid;
} watch_event;

typedef struct {
    HANDLE handle;           /* NULL once closed, or never opened */
    PyThread_type_lock lock; /* guards all that follows */
    PyThread_type_lock gate;
    int open;
    int closed;
    watch_event *ring;
    size_t capacity;
    size_t first;
    size_t count;
    uint64_t lost;
} watch;

#define WATCH_CAPSULE "ipif.watch"

/* Open the gate; the lock is held. */
static void
watch_open_gate(watch *self)
{
    if (!self->open) {
        self->open = 1;
        PyThread_release_lock(self->gate);
    }
}

/* What Windows calls.  row is NULL for the initial notification, and holds nothing but keys
 * otherwise. */
static VOID WINAPI
watch_callback(PVOID context, PMIB_IPINTERFACE_ROW row, MIB_NOTIFICATION_TYPE type)
{
    watch *self = context;

    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (self->count == self->capacity) {
        self->lost++;
    }
    else {
        watch_event *event = &self->ring[(self->first + self->count++) % self->capacity];
        memset(event, 0, sizeof(*event));
        event->type = type;
        if (row != NULL) {
            event->family = row->Family;
            event->luid = row->InterfaceLuid;
            event->index = row->InterfaceIndex;
        }
    }
    watch_open_gate(self);
    PyThread_release_lock(self->lock);
}

/* What a reader sees behind the gate. */
typedef enum { WATCH_NOTHING, WATCH_EVENT, WATCH_END } watch_sight;

/* Wait at the gate, at most so long, and look.  An event is moved to *event; where event is NULL it
 * stays in the ring.  Return what the wait came to; *sight is WATCH_NOTHING when nothing has come,
 * and when another reader was faster.  Needs no GIL.
 *
 * Who finds the gate shut looks all the same: another reader may be passing through it at this
 * moment, and who does not wait (or waits no longer) must not miss what lies in the ring because of
 * that.  The gate is left to the one who passes: it sees what is left, and opens it or not. */
static PyLockStatus
watch_look(watch *self, PY_TIMEOUT_T microseconds, watch_event *event, watch_sight *sight)
{
    PyLockStatus status = PyThread_acquire_lock_timed(self->gate, microseconds, 1);
    int passed = status == PY_LOCK_ACQUIRED;

    *sight = WATCH_NOTHING;
    if (status == PY_LOCK_INTR) {
        return status;
    }
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    if (passed) {
        self->open = 0;
    }
    if (self->count > 0) {
        *sight = WATCH_EVENT;
        if (event != NULL) {
            *event = self->ring[self->first];
            self->first = (self->first + 1) % self->capacity;
            self->count--;
        }
    }
    else if (self->closed) {
        *sight = WATCH_END;
    }
    if (passed && (self->closed || self->count > 0)) {
        watch_open_gate(self);
    }
    PyThread_release_lock(self->lock);
    return status;
}

/* Cancel the registration, wait for callbacks that run, and wake every reader.  Closing twice is
 * fine.  Needs no GIL and must not hold it: CancelMibChangeNotify2 waits. */
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
    watch_open_gate(self);
    PyThread_release_lock(self->lock);
}

/* Free a watch that has no registration any more. */
static void
watch_free(watch *self)
{
    if (self->gate != NULL) {
        watch_open_gate(self); /* a lock is freed released */
        PyThread_free_lock(self->gate);
    }
    if (self->lock != NULL) {
        PyThread_free_lock(self->lock);
    }
    free(self->ring);
    free(self);
}

/* The capsule is collected: nobody waits, nobody reads. */
static void
watch_destroy(PyObject *capsule)
{
    watch *self = PyCapsule_GetPointer(capsule, WATCH_CAPSULE);

    Py_BEGIN_ALLOW_THREADS
        watch_cancel(self);
    Py_END_ALLOW_THREADS
    watch_free(self);
}
