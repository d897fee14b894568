"""Records the routing of a Hugging Face Mixture-of-Experts model while it runs. Needs torch, which the model does too.

`docs/recording.md` says what is recorded and what it costs.
"""

from expert_replay.record.error import RecordError
from expert_replay.record.recording import Recording, record

__all__ = ["RecordError", "Recording", "record"]
