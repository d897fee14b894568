"""Engines on this machine alone, each process of them our own child, for tests."""
