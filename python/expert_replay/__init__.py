"""What people who use Python need of expert-replay; replaying itself is the command's."""

__version__ = "0.9.0"
