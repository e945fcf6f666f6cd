"""Names of the cases of a test, which are the same in every process."""


def in_order(value: object) -> str:
    """Return *value* as text, a set with its items in order."""
    if isinstance(value, set):
        return str(sorted(value))
    return str(value)
