"""The commands, one in each file: ``add`` adds its parser, ``run`` executes it."""
