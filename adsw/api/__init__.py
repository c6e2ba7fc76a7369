"""What the commands of `adsw` do, as functions with the same names and defaults.

An option's name is the argument's, with ``_`` for ``-`` (and ``not_``, as ``not`` is Python's own). Where the command
takes an option several times, the function takes a list; where the option is KEY=VALUE, also a mapping.
"""
