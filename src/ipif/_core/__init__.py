"""IP interfaces of this machine: names, rows, rules, calls. Independent of the layers above."""
