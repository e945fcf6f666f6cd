/* machine.c: a packed machine of any bytes is refused, or behaves as one.
 *
 * What is loaded is dumped and loaded again: it must be the same. Then every function of
 * netioapi.h that reads is called about every row, and each row is set as it is. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* Ends the program where a debugger and the fuzzer see it. */
static void
require(int holds)
{
    if (!holds)
        abort();
}

static void
read_tables(void)
{
    MIB_IF_TABLE2 *adapters = NULL;
    if (GetIfTable2Ex(MibIfTableNormal, &adapters) == NO_ERROR) {
        for (ULONG i = 0; i < adapters->NumEntries; i++) {
            WCHAR text[IF_MAX_STRING_SIZE + 1];
            NET_LUID luid;
            (void)ConvertInterfaceLuidToAlias(&adapters->Table[i].InterfaceLuid, text,
                                              IF_MAX_STRING_SIZE + 1);
            (void)ConvertInterfaceAliasToLuid(text, &luid);
            (void)ConvertInterfaceLuidToNameW(&adapters->Table[i].InterfaceLuid, text,
                                              IF_MAX_STRING_SIZE + 1);
            (void)ConvertInterfaceGuidToLuid(&adapters->Table[i].InterfaceGuid, &luid);
        }
        FreeMibTable(adapters);
    }
    MIB_UNICASTIPADDRESS_TABLE *addresses = NULL;
    if (GetUnicastIpAddressTable(AF_UNSPEC, &addresses) == NO_ERROR)
        FreeMibTable(addresses);
    MIB_IPFORWARD_TABLE2 *routes = NULL;
    if (GetIpForwardTable2(AF_UNSPEC, &routes) == NO_ERROR) {
        for (ULONG i = 0; i < routes->NumEntries; i++) {
            MIB_IPFORWARD_ROW2 best;
            SOCKADDR_INET source;
            (void)GetBestRoute2(NULL, 0, NULL, &routes->Table[i].DestinationPrefix.Prefix, 0, &best,
                                &source);
        }
        FreeMibTable(routes);
    }
}

/* Sets each row as it was read, but for what no Set accepts. */
static void
set_rows(void)
{
    MIB_IPINTERFACE_TABLE *rows = NULL;
    if (GetIpInterfaceTable(AF_UNSPEC, &rows) != NO_ERROR)
        return;
    for (ULONG i = 0; i < rows->NumEntries; i++) {
        MIB_IPINTERFACE_ROW row = rows->Table[i];
        if (row.Family == AF_INET)
            row.SitePrefixLength = 0;
        (void)SetIpInterfaceEntry(&row);
        (void)GetIpInterfaceEntry(&row);
    }
    FreeMibTable(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (sim_load(data, size) != NO_ERROR)
        return 0;
    size_t wanted = sim_dump(NULL, 0);
    unsigned char *first = malloc(wanted), *second = malloc(wanted);
    require(first != NULL && second != NULL);
    require(sim_dump(first, wanted) == wanted);
    require(sim_load(first, wanted) == NO_ERROR);
    require(sim_dump(second, wanted) == wanted);
    require(memcmp(first, second, wanted) == 0);
    free(first);
    free(second);
    read_tables();
    set_rows();
    require(sim_live_tables() == 0);
    return 0;
}
