"""The Wine lane: ipif built for Windows on Linux, and run in CPython for Windows under Wine.

Put together for that, in one folder per minor version of Python:

- the DLLs of the official CPython for Windows, out of the Windows wheels of panda3d;
- this computer's own standard library of the same minor version: it is the same on Windows;
- ``python.exe`` (launcher.c), and ``python3.dll``, which forwards to ``python3XX.dll``;
- pytest, hypothesis and so on, as Windows wheels, and the wheel of this project;
- ``iphlpapi.dll``: src/sim, and for all other functions forwarders to a copy of Wine's own.
"""
