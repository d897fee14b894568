"""The recorder: hooks in a model, for as long as a `with` block lasts."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expert_replay.record.error import RecordError
from expert_replay.record.forward_pass import CACHES, ForwardPass
from expert_replay.record.generation import Generation
from expert_replay.record.layers import MoELayer, find_layers
from expert_replay.record.refusals import check_model, refused
from expert_replay.record.sequences import Sequences
from expert_replay.record.step_builder import StepBuilder

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from expert_replay.record.choices import Choice


def record(
    model: Any,
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    model_name: str | None = None,
    routers: str | None = None,
    weights: bool = True,
    token_ids: bool = True,
) -> Recording:
    """Record the routing of every forward pass of a Hugging Face model within a `with` block.

        with record(model, "t.moetrace"):
            model.generate(**tokenizer(prompts, return_tensors="pt", padding=True), max_new_tokens=64)

    Each pass is a step, of the tokens that are no padding. The file appears when the block ends without an error.

    `name`: of the trace, the path's without its suffix if it is left out. `model_name`: of the model, as in `models/`.
    `routers`: a pattern of the modules' names, where a layer has several. `weights`, `token_ids`: whether to record
    them; weights take four of each five bytes before compression.

    `RecordError`: a model without routers, or one that runs in a way that cannot be recorded (beams, continuous
    batching, tensor parallelism, fused MoE kernels). `OSError`: the file cannot be written.
    """
    return Recording(model, path, name, model_name, routers, weights=weights, token_ids=token_ids)


class Recording:
    """What `record` returns; `steps` and `tokens` tell how far it is."""

    def __init__(
        self,
        model: Any,
        path: str | os.PathLike[str],
        name: str | None,
        model_name: str | None,
        routers: str | None,
        *,
        weights: bool,
        token_ids: bool,
    ) -> None:
        check_model(model)
        self.layers = find_layers(model, routers)
        """The MoE layers, in the order of the trace."""
        if not Path(path).resolve().parent.is_dir():
            raise FileNotFoundError(f"{path}: no such folder")
        self._model = model
        self._signature = inspect.signature(model.forward)
        self._builder = StepBuilder(model, path, self.layers, name, model_name, weights, token_ids)
        self._sequences = Sequences()
        self._generation: Generation | None = None
        self._forward: ForwardPass | None = None
        self._choices: dict[int, Choice] = {}
        self._undo: list[Callable[[], object]] = []
        self._failure: Exception | None = None

    @property
    def steps(self) -> int:
        """Steps recorded so far."""
        return self._builder.steps

    @property
    def tokens(self) -> int:
        """Tokens recorded so far, in all steps."""
        return self._builder.tokens

    def __enter__(self) -> Self:
        """Put the hooks in place."""
        hooks = [
            self._model.register_forward_pre_hook(self._begin, with_kwargs=True),
            self._model.register_forward_hook(self._end, with_kwargs=True),
            *(layer.reader.hook(layer.module, self._chosen(place)) for place, layer in enumerate(self.layers)),
        ]
        self._undo = [hook.remove for hook in hooks]
        if hasattr(self._model, "generate"):
            self._replace("generate", self._knowing(self._model.generate))
        for method in ("generate_batch", "init_continuous_batching", "continuous_batching_context_manager"):
            self._replace(method, refused(method))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the hooks out; complete the file, or leave none after an error."""
        for undo in reversed(self._undo):
            undo()
        if kind is not None or self._failure is not None:
            self._builder.abandon()
            if kind is None:
                self._raise_failure()
            return
        self._builder.finish()

    def _raise_failure(self) -> None:
        """Once a step is lost, so is the recording, even where the caller caught the error."""
        if self._failure is not None:
            raise RecordError(f"recording ended at step {self.steps}: {self._failure}") from self._failure

    def _replace(self, method: str, replacement: Callable[..., Any]) -> None:
        """Have the model call something else, until the block ends."""
        if hasattr(self._model, method):
            before = self._model.__dict__.get(method)
            setattr(self._model, method, replacement)
            self._undo.append(lambda: self._restore(method, before))

    def _restore(self, method: str, before: Callable[..., Any] | None) -> None:
        delattr(self._model, method)
        if before is not None:
            setattr(self._model, method, before)

    def _knowing(self, generate: Callable[..., Any]) -> Callable[..., Any]:
        """Return a `generate` in which it is known that all passes are of the same sequences."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            outer, self._generation = self._generation, Generation.of(self._model, args, kwargs)
            if hasattr(getattr(self._model, "generation_config", None), "disable_compile"):
                # With a static cache on a GPU it would compile the model, hooks and all.
                kwargs["disable_compile"] = True
            try:
                return generate(*args, **kwargs)
            finally:
                self._generation = outer

        return wrapped

    def _begin(self, _: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._raise_failure()
        with self._failing():
            self._choices = {}
            bound = self._signature.bind_partial(*args, **kwargs).arguments
            self._forward = ForwardPass.of(bound | bound.get("kwargs", {}))

    def _chosen(self, place: int) -> Callable[[Choice], None]:
        layer = self.layers[place]

        def take(choice: Choice) -> None:
            with self._failing():
                self._take(place, layer, choice)

        return take

    def _take(self, place: int, layer: MoELayer, choice: Choice) -> None:
        if self._forward is None:
            raise RecordError(f"{layer.name} was called outside of {type(self._model).__name__}: record what is called")
        if place in self._choices:
            raise RecordError(f"{layer.name} was called twice in one pass; activation checkpointing does that")
        index, weight = choice
        self._choices[place] = index.detach(), None if weight is None else weight.detach()

    def _end(self, _: object, args: object, kwargs: object, output: Any) -> None:
        with self._failing():
            forward, self._forward = self._forward, None
            assert forward is not None
            missing = [layer.name for place, layer in enumerate(self.layers) if place not in self._choices]
            if missing:
                raise RecordError(
                    f"{missing[0]} was not called in this pass, as of {len(missing)} layers; where a kernel replaces "
                    "it, load the model with use_kernels=False"
                )
            numbers = self._sequences.numbers(forward, self._generation)
            self._sequences.remember(_cache(output, forward.cache), numbers)
            choices = [self._choices[place] for place in range(len(self.layers))]
            self._choices = {}
            self._builder.append(forward, self._generation, numbers, choices)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Remember an error."""
        try:
            yield
        except Exception as error:
            self._failure = self._failure or error
            raise


def _cache(output: Any, given: Any) -> Any:
    caches = (getattr(output, name, None) for name in CACHES)
    return next((cache for cache in caches if cache is not None), given)
