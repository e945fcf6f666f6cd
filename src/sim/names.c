/* names.c: if_indextoname and if_nametoindex, so that Python's socket module sees the interfaces of
 * the simulation. Part of the simulated DLL only, not of any wheel.
 *
 * The names are those of ConvertInterfaceLuidToNameW, such as "ethernet_32769" [documented by
 * Python]. Both functions call other simulated functions; if one of these fails, the name or index
 * is not found.
 */
#include "sim.h"

#include <string.h>

/* Writes the terminated ASCII name of an interface. Returns 0 if the LUID is unknown. */
static int
write_name(const NET_LUID *luid, char name[IF_MAX_STRING_SIZE])
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

/* Writes the name into a buffer of at least IF_MAX_STRING_SIZE bytes [documented] and returns the
 * buffer, or NULL if no interface has the index. */
PCHAR NETIOAPI_API_
if_indextoname(NET_IFINDEX InterfaceIndex, PCHAR InterfaceName)
{
    NET_LUID luid;

    if (InterfaceName == NULL || ConvertInterfaceIndexToLuid(InterfaceIndex, &luid) != NO_ERROR) {
        return NULL;
    }
    return write_name(&luid, InterfaceName) ? InterfaceName : NULL;
}

/* Returns the index, or 0 if no interface has the name [documented]. */
NET_IFINDEX NETIOAPI_API_
if_nametoindex(PCSTR InterfaceName)
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
