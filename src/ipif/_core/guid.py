"""What the native module needs of uuid to make the GUIDs of rows."""

import uuid

NIL = uuid.UUID(int=0)  # shared by all rows: a UUID cannot change
SAFETY_UNKNOWN = uuid.SafeUUID.unknown
