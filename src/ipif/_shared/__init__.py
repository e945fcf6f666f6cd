"""What the command and the modules for Salt share: locks, and what only Windows can say."""
