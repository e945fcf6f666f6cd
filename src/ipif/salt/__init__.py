"""ipif for Salt: an execution module, a state module, a beacon and grains, all named ``ipif``.

Salt finds them through the entry point ``salt.loader`` of the wheel: a minion that has the wheel
installed has them, and no file is synchronised. They use the public names of :mod:`ipif` only,
and import nothing of Salt before Salt calls them.
"""
