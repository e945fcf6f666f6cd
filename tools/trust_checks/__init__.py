"""The checks of tools/trust.py, one module each, and what several of them need.

A check is a module with a docstring, whose first line says what the check shows, and a function
``run_check(long: bool) -> int``, which returns 0 when nothing was found. ``CHECKS`` in
tools/trust.py names them. What several checks need: ``builds`` (ipif compiled with other options,
each in an environment of its own) and ``interpreters`` (CPythons that no package has).
"""
