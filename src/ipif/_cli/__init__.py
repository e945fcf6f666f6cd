"""The command ``ipif``. It uses only what ``import ipif`` offers to everybody."""
