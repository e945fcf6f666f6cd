/* names.c: the two functions of the iphlpapi.dll which other programs call for names of interfaces
 * (Python's socket.if_nametoindex and socket.if_indextoname), so that these know the interfaces of
 * the simulation. Part of the simulated DLL only, and no part of a wheel.
 *
 * The names are those of ConvertInterfaceLuidToNameW, as in "ethernet_32769" [documented by
 * Python]. Both ask other simulated functions, so a fault of these is a name that is not found.
 */
#include "sim.h"

#include <string.h>

/* Writes the name of an interface, which is ASCII, and its end. Returns 0 when there is none. */
static int write_name(const NET_LUID *luid, char name[IF_MAX_STRING_SIZE])
{
    WCHAR wide[IF_MAX_STRING_SIZE];
    size_t i = 0;

    if (ConvertInterfaceLuidToNameW(luid, wide, sizeof(wide) / sizeof(wide[0])) != NO_ERROR) {
        return 0;
    }
    do {
        name[i] = (char)wide[i];
    } while (wide[i++] != 0);
    return 1;
}

/* Writes into a buffer of at least IF_MAX_STRING_SIZE bytes [documented] and returns it; NULL
 * when no interface has the index. */
PCHAR NETIOAPI_API_ if_indextoname(NET_IFINDEX InterfaceIndex, PCHAR InterfaceName)
{
    NET_LUID luid;

    if (InterfaceName == NULL
        || ConvertInterfaceIndexToLuid(InterfaceIndex, &luid) != NO_ERROR) {
        return NULL;
    }
    return write_name(&luid, InterfaceName) ? InterfaceName : NULL;
}

/* Returns 0 when no interface has the name [documented]. */
NET_IFINDEX NETIOAPI_API_ if_nametoindex(PCSTR InterfaceName)
{
    char name[IF_MAX_STRING_SIZE];
    MIB_IF_TABLE2 *table;
    NET_IFINDEX index = 0;
    ULONG i;

    if (InterfaceName == NULL || GetIfTable2(&table) != NO_ERROR) {
        return 0;
    }
    for (i = 0; i < table->NumEntries && index == 0; i++) {
        const MIB_IF_ROW2 *row = &table->Table[i];

        if (write_name(&row->InterfaceLuid, name) && strcmp(name, InterfaceName) == 0) {
            index = row->InterfaceIndex;
        }
    }
    FreeMibTable(table);
    return index;
}
