"""Facts of the Windows SDK, typed out from it and not from the field tables under test."""

#: The size of each structure in bytes.
SIZES = {
    "MIB_IPINTERFACE_ROW": 168,
    "MIB_IF_ROW2": 1352,
    "MIB_IPFORWARD_ROW2": 104,
    "MIB_IPFORWARDROW": 56,
    "MIB_UNICASTIPADDRESS_ROW": 80,
}

#: The smallest and largest number that each kind of integer can hold.
STORAGE = {
    "luid": (0, 2**64 - 1),
    "uint8": (0, 2**8 - 1),
    "offload": (0, 2**8 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "enum": (-(2**31), 2**31 - 1),
}
