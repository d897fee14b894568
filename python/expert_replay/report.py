"""What the results of `replay` and `screen` share: the page that the command makes of them."""

from __future__ import annotations

import html
import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expert_replay import command
from expert_replay.inputs import Inputs

if TYPE_CHECKING:
    import os

_VERDICT = re.compile(r'<p class="verdict [\w-]+">(.*?)</p>', re.S)
_ANSWER = re.compile(r'<p class="answer">(.*?)</p>', re.S)
HEIGHT = 880
"""Pixels of the page below a notebook's cell; it scrolls, and its lower edge can be dragged."""


class Report:
    """A result as the command's JSON, and the pages and tables that it makes of that."""

    def __init__(self, raw: Any, remarks: tuple[str, ...] = ()) -> None:  # noqa: ANN401
        self.raw = raw
        """The command's JSON; `docs/schema` describes it."""
        self.remarks = remarks
        """What the command said beside it: notes and timing."""

    def _printed(self, *options: str, raw: Any = None) -> str:  # noqa: ANN401
        with Inputs() as inputs:
            saved = inputs.folder / "result.json"
            saved.write_text(json.dumps(self.raw if raw is None else raw), encoding="utf-8")
            return command.run(["report", "--quiet", *options, "--", str(saved)], progress=False).output.decode()

    @cached_property
    def page(self) -> str:
        """The command's page, HTML that needs nothing else, with its charts."""
        return self._printed("--format", "html")

    def write_page(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file."""
        Path(path).write_text(self.page, encoding="utf-8")

    @property
    def headline(self) -> str:
        """What the page says above all: the verdict and what it rests on, a line for each result."""
        told = zip(_VERDICT.findall(self.page), _ANSWER.findall(self.page), strict=True)
        return "\n".join(_plain(f"{verdict} {answer}") for verdict, answer in told)

    def __str__(self) -> str:
        """Return the command's table of policies; `per_layer` has the layers."""
        return self._printed("--format", "table", raw=_without_layers(self.raw))

    def _repr_html_(self) -> str:
        """Return the page, in a frame of its own: its styles and sliders are not the notebook's."""
        style = f"width: 100%; height: {HEIGHT}px; border: 1px solid #8886; resize: vertical; overflow: auto"
        page = html.escape(self.page, quote=True)
        return f'<iframe title="expert-replay" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'


def _without_layers(raw: Any) -> Any:  # noqa: ANN401
    if isinstance(raw, list):
        return [_without_layers(result) for result in raw]
    policies = raw.get("policies")
    if not isinstance(policies, list):
        return raw
    return {**raw, "policies": [{key: of[key] for key in of if key != "perLayer"} for of in policies]}


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())
