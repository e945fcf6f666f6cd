"""What the command and the modules for Salt share: a lock for files, and what only Windows can say."""
