"""Same picture, in colour."""

import base64
import io

import numpy as np
from PIL import Image

CHANNEL_STEP = 16  # of 255: rasterising numbers that differ by rounding moves a channel by 1 or 2
FREE_PIXELS = 8  # fewer than one digit of a tick label

RED = (200, 0, 0)


def figure_difference(stored, fresh, per_mille=None):
    """None when two base64 pictures look the same, else why not, in words.

    Both are laid over white. A pixel differs when one of its channels moved by more than
    16 of 255; up to 8 pixels may, or `per_mille` thousandths of all pixels where it is given.
    """
    old, new = pixels(stored), pixels(fresh)
    if old is None or new is None:
        return "one of the two pictures cannot be read"
    if old.shape != new.shape:
        return f"stored picture is {_size(old)} pixels, this run gave {_size(new)}"
    count = int(_differs(old, new).sum())
    allowed = FREE_PIXELS if per_mille is None else per_mille / 1000 * old[..., 0].size
    if count <= allowed:
        return None
    return f"{count} of {old[..., 0].size} pixels differ, {allowed:g} may"


def save_pair(stored, fresh, stem):
    """Write `stem`-stored.png, -fresh.png and, for equal sizes, -difference.png; return their paths."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    old, new = pixels(stored), pixels(fresh)
    if old is None or new is None:
        return []
    pictures = {"stored": old, "fresh": new}
    if old.shape == new.shape:
        pictures["difference"] = np.where(_differs(old, new)[..., None], RED, 128 + new // 2)
    paths = []
    for name, picture in pictures.items():
        paths.append(stem.with_name(f"{stem.name}-{name}.png"))
        Image.fromarray(picture.astype(np.uint8)).save(paths[-1])
    return paths


def pixels(encoded):
    """RGB array of shape (height, width, 3) of a base64 picture laid over white; None if it is none."""
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    except (OSError, SyntaxError, ValueError):
        return None
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def _differs(old, new):
    return (np.abs(old.astype(int) - new) > CHANNEL_STEP).any(axis=-1)


def _size(picture):
    return f"{picture.shape[1]} x {picture.shape[0]}"
