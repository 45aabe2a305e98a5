"""What a student's program shows, as a notebook may store it: text and pictures, nothing that would run."""

from __future__ import annotations

from base64 import b64decode
from json import dumps
from struct import unpack

SENTENCE, LONGEST = 500, 200_000  # characters of an error, of an output
NAME = 50
PIXELS = 10_000  # along a side of a picture


def clean(text: str, most: int) -> str:
    """A text that can be written and shown: without surrogates and what controls a terminal."""
    kept = text[:most]
    if not kept.replace("\n", "").replace("\t", "").isprintable():
        kept = "".join(letter for letter in kept if letter.isprintable() or letter in "\n\t")
    return kept.encode("utf-8", "replace").decode()


def outputs(given, room: int) -> list[dict]:
    """Outputs of a cell as a notebook stores them, as far as there is room, in characters.

    Those of other kinds are left out.
    """
    found = []
    for each in given if isinstance(given, list) else []:
        try:
            made = OUTPUTS[each["output_type"]](each)
        except (KeyError, TypeError, AttributeError, ValueError):
            continue
        room -= size([made])
        if room >= 0:
            found.append(made)
    return found


def size(of: list[dict]) -> int:
    """Characters of outputs."""
    return len(dumps(of))


def _data(given: dict) -> dict:
    data = {}
    if isinstance(given.get("text/plain"), str):
        data["text/plain"] = clean(given["text/plain"], LONGEST)
    picture = given.get("image/png")
    if isinstance(picture, str) and _is_picture(b64decode(picture, validate=True)):
        data["image/png"] = picture
    return {"data": data, "metadata": {}}


def _is_picture(png: bytes) -> bool:
    """Whether it begins as a PNG does, of a size that can be shown."""
    is_png = png.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") and len(png) > 24
    return is_png and max(unpack(">II", png[16:24])) <= PIXELS


OUTPUTS = {
    "stream": lambda each: {
        "output_type": "stream",
        "name": "stderr" if each["name"] == "stderr" else "stdout",
        "text": clean(each["text"], LONGEST),
    },
    "display_data": lambda each: {"output_type": "display_data", **_data(each["data"])},
    "execute_result": lambda each: {
        "output_type": "execute_result",
        "execution_count": None,
        **_data(each["data"]),
    },
    "error": lambda each: {
        "output_type": "error",
        "ename": clean(each["ename"], NAME),
        "evalue": clean(each["evalue"], SENTENCE),
        "traceback": [clean(line, SENTENCE) for line in each["traceback"]],
    },
}
