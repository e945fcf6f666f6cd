"""The targets of tools/fuzz.py: what gets random bytes, and what must hold whatever they are.

Each Python module is a script of its own, run by the fuzzer atheris in a Python whose ipif is
compiled for it: one function takes the bytes and raises when something does not hold. machine.c is
a target of libFuzzer.
"""
