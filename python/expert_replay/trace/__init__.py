"""Routing traces as arrays: the native format and JSON Lines, read and written step by step by numpy alone.

`docs/trace-format.md` describes both formats byte by byte.
"""

from expert_replay.trace.error import TraceError
from expert_replay.trace.header import Provenance, TraceHeader
from expert_replay.trace.reading import StoredTrace, Trace, open_trace, read_trace
from expert_replay.trace.requests import Request, decode_steps, prefill_steps
from expert_replay.trace.step import Step
from expert_replay.trace.writer import TraceWriter, write_trace

__all__ = [
    "Provenance",
    "Request",
    "Step",
    "StoredTrace",
    "Trace",
    "TraceError",
    "TraceHeader",
    "TraceWriter",
    "decode_steps",
    "open_trace",
    "prefill_steps",
    "read_trace",
    "write_trace",
]
