"""The version of the package and of the command that it runs."""

__version__ = "0.9.0"
