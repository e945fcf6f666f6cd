/* sim.h: the controls of the simulated IP stack, in plain C.
 *
 * The simulation answers the functions of netioapi.h out of one world, which is process-wide as
 * the IP stack of a Windows computer is. These functions load, inspect and disturb that world.
 * control.c hands them to Python as the module `_sim_control`; the simulated iphlpapi.dll exports
 * them beside the functions of netioapi.h. All may be called from any thread.
 *
 * Each sim_* function that returns DWORD returns 0 or a Windows error code. Nothing passed in is
 * kept, nothing handed out needs to be freed.
 *
 * A packed world, little endian:
 *
 *     8 bytes   "IPIFWLD1"
 *     uint32_t  flags, links, interfaces, routes, addresses, zero
 *     links       x MIB_IF_ROW2               (1352 bytes each)
 *     interfaces  x MIB_IPINTERFACE_ROW       (168)
 *     routes      x MIB_IPFORWARD_ROW2        (104)
 *     addresses   x MIB_UNICASTIPADDRESS_ROW  (80)
 */
#ifndef IPIF_SIM_H
#define IPIF_SIM_H

#include <stddef.h>
#include <stdint.h>

#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>

/* What kind of computer the world is. The first is a fact about the caller, the second chooses
 * between two readings of the documentation, the rest switch rules that nobody has confirmed. */
enum {
    SIM_ELEVATED = 1,                          /* the caller is an elevated administrator */
    SIM_DOC_ZERO = 2,                          /* Initialize writes zeros, not ones */
    SIM_SITE_PREFIX_LENGTH_ACCEPTED = 4,       /* IPv4 SitePrefixLength 1 to 32 is no error */
    SIM_MTU_CLAMPED = 8,                       /* NlMtu is cut to the MTU of the link */
    SIM_LINK_LOCAL_ALWAYS_OFF_REFUSED = 16,    /* LinkLocalAlwaysOff on IPv4 is an error */
    SIM_NUD_OFF_REFUSED = 32,                  /* turning neighbour detection off is an error */
    SIM_ACCESS_CHECKED_FIRST = 64,             /* error 5 comes before a bad key */
    SIM_ALL_ONES_TIMES_ACCEPTED = 128,         /* all ones is a value for the three time members */
    SIM_LARGE_METRIC_ACCEPTED = 256,           /* a Metric above 2^31-1 is no error */
    SIM_UNKNOWN_ENUM_ACCEPTED = 512,           /* enumerations may hold unknown values */
    SIM_UNCHANGED_SET_NOTIFIES = 1024,         /* a Set that changes nothing notifies too */
    SIM_INDEX_FILLED_IN = 2048                 /* Set fills InterfaceIndex in, given the LUID */
};

/* Replaces the world by a packed one: 0, 87 when it is malformed, 8. On failure, and for armed
 * faults and registrations in any case, nothing changes; nobody is notified. */
DWORD sim_load(const void *packed, size_t size);

/* The same, but leaves the world alone and returns 0 when one was loaded before, by whatever
 * thread. A malformed one is refused all the same. */
DWORD sim_load_first(const void *packed, size_t size);

/* Returns the number of bytes of the packed world, and writes them when they fit into `size`. */
size_t sim_dump(void *buffer, size_t size);

uint32_t sim_flags(void);
/* Sets the flags in `mask` to their bits in `values`. */
void sim_set_flags(uint32_t mask, uint32_t values);

/* Makes a function fail with `code`: its next `after` calls go through, the `times` calls which
 * follow fail before they look at an argument. Of several faults due at once, the one armed first
 * comes first. 87: no such function, or one that returns nothing, or code 0. */
DWORD sim_fail(const char *function, DWORD code, uint32_t times, uint32_t after);
void sim_clear_faults(void);

/* Adds a link without IP interfaces. 87: no LUID or index, or a text without end; 5010: LUID or
 * index taken; 8. */
DWORD sim_add_link(const MIB_IF_ROW2 *link);

/* Removes a link with everything on it; MibDeleteInstance for each family. 2: no such link. */
DWORD sim_remove_interface(uint64_t luid);

/* Gives a link an IP interface of the row's family, named by the row's LUID; MibAddInstance.
 * 2: no such link; 87: bad family or an index of another link; 5010: already there; 8. */
DWORD sim_bind(const MIB_IPINTERFACE_ROW *row);

/* Takes an IP interface away, with the family's routes and addresses; MibDeleteInstance.
 * 2: no such link; 87: bad family; 1168: the family is not bound. */
DWORD sim_unbind(ADDRESS_FAMILY family, uint64_t luid);

/* How many tables were handed out and not yet given to FreeMibTable. */
size_t sim_live_tables(void);

/* How often a function was called since the process started, failures included; unknown: 0. */
uint64_t sim_calls(const char *function);

/* The address of a simulated function, for callers which link nothing; unknown: NULL. */
void *sim_address(const char *function);

/* Waits until every queued notification was delivered. Returns 0, or 258 (WAIT_TIMEOUT) after
 * that many milliseconds. From a callback it can only time out. */
DWORD sim_settle(uint32_t milliseconds);

#endif
