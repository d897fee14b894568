"""Random traces, and the command run on files."""
