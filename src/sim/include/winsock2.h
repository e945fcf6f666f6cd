/* winsock2.h: address families and IPv4 socket addresses, with the names of the Windows SDK.
 *
 * The structures have no tags (struct in_addr, struct sockaddr_in): these names belong to the
 * host's socket headers, which another header may already have included.
 */
#ifndef IPIF_SIM_WINSOCK2_H
#define IPIF_SIM_WINSOCK2_H

#include "windows.h"

typedef USHORT ADDRESS_FAMILY;

/* Windows' values, which may differ from the host's: AF_INET6 is 10 on Linux. */
#undef AF_UNSPEC
#undef AF_INET
#undef AF_INET6
#undef AF_NETBIOS
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_NETBIOS 17
#define AF_INET6 23

typedef struct {
    union {
        struct {
            UCHAR s_b1, s_b2, s_b3, s_b4;
        } S_un_b;
        struct {
            USHORT s_w1, s_w2;
        } S_un_w;
        ULONG S_addr;
    } S_un;
} IN_ADDR, *PIN_ADDR;

typedef struct {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port;  /* network byte order */
    IN_ADDR sin_addr; /* network byte order */
    CHAR sin_zero[8];
} SOCKADDR_IN, *PSOCKADDR_IN;

typedef struct {
    union {
        struct {
            ULONG Zone : 28;
            ULONG Level : 4;
        };
        ULONG Value;
    };
} SCOPE_ID, *PSCOPE_ID;

typedef enum {
    ScopeLevelInterface = 1,
    ScopeLevelLink = 2,
    ScopeLevelSubnet = 3,
    ScopeLevelAdmin = 4,
    ScopeLevelSite = 5,
    ScopeLevelOrganization = 8,
    ScopeLevelGlobal = 14,
    ScopeLevelCount = 16
} SCOPE_LEVEL;

#endif
