"""The header as one line of JSON: the first line of both formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from expert_replay.trace.error import TraceError
from expert_replay.trace.header import MAXIMUM_LAYERS, Content, Phase, Provenance, TraceHeader, within
from expert_replay.trace.strict_json import check_keys, elements, integer, parse_object, quoted, string

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = "moe-routing-trace"
VERSION = 1
KEYS = (
    *("format", "version", "name", "layers", "experts", "topK", "content"),
    *("layerNumbers", "model", "groups", "phase", "provenance"),
)


def encode(header: TraceHeader) -> str:
    """Return the line without its newline; keys that do not apply are absent."""
    members = [
        f'"format":{quoted(FORMAT)}',
        f'"version":{VERSION}',
        f'"name":{quoted(header.name)}',
        f'"layers":{header.layers}',
        f'"experts":{header.experts_per_layer}',
    ]
    if header.top_k is not None:
        members.append(f'"topK":{header.top_k}')
    members.append(f'"content":{quoted(header.content)}')
    if tuple(header.layer_numbers) != tuple(range(header.layers)):
        members.append(f'"layerNumbers":[{",".join(map(str, header.layer_numbers))}]')
    if header.model is not None:
        members.append(f'"model":{quoted(header.model)}')
    if header.groups is not None:
        members.append(f'"groups":{header.groups}')
    if header.phase is not None:
        members.append(f'"phase":{quoted(header.phase)}')
    if header.provenance is not None:
        members.append(f'"provenance":{_encode_provenance(header.provenance)}')
    return "{" + ",".join(members) + "}"


def decode(line: bytes) -> TraceHeader:
    """Return the header; `TraceError` for what is none, an unknown version, key or value, an impossible shape."""
    members = parse_object(line)
    check_keys(members, KEYS)

    def take(key: str, read: Callable[[object, str], Any]) -> Any:  # noqa: ANN401
        return read(members[key], key) if key in members else None

    if take("format", string) != FORMAT:
        raise TraceError(f'not a routing trace: the first line needs "format":"{FORMAT}"')
    version = take("version", integer)
    if version != VERSION:
        raise TraceError(f"version {version or 0}, this reader knows version {VERSION}")
    for key in ("layers", "experts", "content"):
        if key not in members:
            raise TraceError(f"the header has no '{key}'")
    layers = integer(members["layers"], "layers")
    within(layers, MAXIMUM_LAYERS, "layers")
    numbers = take("layerNumbers", elements)
    if numbers is not None and len(numbers) != layers:
        raise TraceError(f"{len(numbers)} layer numbers for {layers} layers")
    return TraceHeader(
        layers=layers,
        experts_per_layer=integer(members["experts"], "experts"),
        top_k=take("topK", integer),
        content=cast("Content", string(members["content"], "content")),
        name="trace" if "name" not in members else string(members["name"], "name"),
        layer_numbers=[integer(number, "layerNumbers") for number in numbers or ()],
        model=take("model", string),
        groups=take("groups", integer),
        phase=cast("Phase | None", take("phase", string)),
        provenance=take("provenance", _decode_provenance),
    )


def _encode_provenance(provenance: Provenance) -> str:
    texts = {
        "origin": provenance.origin,
        "method": provenance.method,
        "from": provenance.from_,
        "licence": provenance.licence,
    }
    return "{" + ",".join(f'"{key}":{quoted(text)}' for key, text in texts.items() if text is not None) + "}"


def _decode_provenance(value: object, key: str) -> Provenance:
    if not isinstance(value, dict):
        raise TraceError(f"'{key}': expected '{{'")
    check_keys(value, ("origin", "method", "from", "licence"), f"{key}.")
    texts = {name: string(text, f"{key}.{name}") for name, text in value.items()}
    if "origin" not in texts:
        raise TraceError(f"'{key}' has no 'origin'")
    return Provenance(texts["origin"], texts.get("method"), texts.get("from"), texts.get("licence"))
