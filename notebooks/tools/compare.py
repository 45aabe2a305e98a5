"""Same outputs: the list a notebook stores against the list a fresh run gave."""

from typing import NamedTuple

from .figures import figure_difference
from .text import json_difference, text_difference

PICTURES = {"image/png", "image/jpeg"}
WIDGET = "application/vnd.jupyter.widget-view+json"  # a random model id, never stored and never compared


class Difference(NamedTuple):
    """Why two lists of outputs differ, and the two base64 pictures when a picture is why."""

    reason: str
    pictures: tuple[str, str] | None = None


def difference(stored, fresh):
    """None when the outputs agree, else the first `Difference`.

    All text of one stream counts as one output, at the place of its first piece. Number,
    order and kinds of outputs must agree, and so must every MIME type: pictures as in
    `figures`, text and JSON as in `text`. Of an error, name and message are compared.
    Tracebacks, execution counts and widget model ids are not.
    """
    stored, fresh = _merge_streams(stored), _merge_streams(fresh)
    kinds, fresh_kinds = [_kind(o) for o in stored], [_kind(o) for o in fresh]
    if kinds != fresh_kinds:
        return Difference(f"stored outputs: {_list(kinds)}; this run gave: {_list(fresh_kinds)}")
    for kind, old, new in zip(kinds, stored, fresh, strict=True):
        found = _bundle_difference(_parts(old), _parts(new))
        if found:
            return found._replace(reason=f"{kind}, {found.reason}")
    return None


def tags(cell):
    """The tags of a cell, a list of strings."""
    return cell.get("metadata", {}).get("tags", [])


def _merge_streams(outputs):
    merged, streams = [], {}
    for output in outputs:
        if output["output_type"] != "stream":
            merged.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = dict(output)
            merged.append(streams[output["name"]])
    return merged


def _kind(output):
    return output["name"] if output["output_type"] == "stream" else output["output_type"]


def _parts(output):
    if output["output_type"] == "stream":
        return {"text": output["text"]}
    if output["output_type"] == "error":
        return {"ename": output["ename"], "evalue": output["evalue"]}
    data = {name: value for name, value in output["data"].items() if name != WIDGET}
    return {**data, "metadata": output.get("metadata", {})}


def _bundle_difference(old, new):
    if old.keys() != new.keys():
        return Difference(f"stored as {_list(sorted(old))}; this run gave {_list(sorted(new))}")
    for name in sorted(old):
        if name in PICTURES:
            reason = figure_difference(old[name], new[name])
        elif isinstance(old[name], str) and isinstance(new[name], str):
            reason = text_difference(old[name], new[name])
        else:
            reason = json_difference(old[name], new[name])
        if reason:
            return Difference(f"{name}: {reason}", (old[name], new[name]) if name in PICTURES else None)
    return None


def _list(names):
    return ", ".join(names) or "none"
