"""GUIDs of rows: the extension makes them without the constructor of UUID, which is slow."""

from __future__ import annotations

import uuid

NIL = uuid.UUID(int=0)  # shared by all rows: a UUID is immutable


def _by_attributes(number: int) -> uuid.UUID:
    """Return a UUID whose attributes are set one by one, as the extension does."""
    made = object.__new__(uuid.UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", uuid.SafeUUID.unknown)
    return made


def _is_complete() -> bool:
    """Return whether such a UUID is equivalent to one made by the constructor."""
    number = 0x0123456789ABCDEF0123456789ABCDEF
    try:
        made, known = _by_attributes(number), uuid.UUID(int=number)
        return (
            made == known
            and hash(made) == hash(known)
            and str(made) == str(known)
            and repr(made) == repr(known)
            and made.bytes_le == known.bytes_le
            and made.is_safe is known.is_safe
            and made.__getstate__() == known.__getstate__()
        )
    except Exception:  # a uuid module that works differently
        return False


#: The extension writes this into ``is_safe``. ``None`` makes it call the constructor instead.
SAFETY_UNKNOWN = uuid.SafeUUID.unknown if _is_complete() else None


def to_bytes(guid: uuid.UUID) -> bytes:
    """Return the bytes of *guid* as Windows orders them; raise ``ValueError`` if it has none.

    A subclass may compute its attributes and fail.
    """
    try:
        data = guid.bytes_le
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"guid cannot be read: its value raised {error!r}") from error
    if type(data) is not bytes or len(data) != 16:
        raise ValueError("guid must have 16 bytes")
    return data
