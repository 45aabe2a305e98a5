"""What a student's program shows, as a notebook may store it: text and pictures, nothing that would run."""

from __future__ import annotations

from base64 import b64decode

SENTENCE, LONGEST = 500, 200_000  # characters of an error, of an output
NAME = 50


def clean(text: str, most: int) -> str:
    """A text that can be written and shown: without surrogates and what controls a terminal."""
    kept = "".join(letter for letter in text[:most] if letter.isprintable() or letter in "\n\t")
    return kept.encode("utf-8", "replace").decode()


def outputs(given) -> list[dict]:
    """Outputs of a cell as a notebook stores them. Others than these kinds are left out."""
    found = []
    for each in given if isinstance(given, list) else []:
        try:
            found.append(OUTPUTS[each["output_type"]](each))
        except (KeyError, TypeError, AttributeError, ValueError):
            continue
    return found


def _data(given: dict) -> dict:
    data = {}
    if isinstance(given.get("text/plain"), str):
        data["text/plain"] = clean(given["text/plain"], LONGEST)
    picture = given.get("image/png")
    if isinstance(picture, str) and b64decode(picture, validate=True).startswith(b"\x89PNG"):
        data["image/png"] = picture
    return {"data": data, "metadata": {}}


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
