"""Same picture, in colour; and the one form in which it is stored."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image

# Of 255. Rounding moves a channel by 1 or 2; 32 figures drawn again with other instructions of the processor
# (AVX-512, AVX2 and none, in torch and in NumPy) moved none.
CHANNEL_STEP = 4

RED = (200, 0, 0)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = ["IHDR", "pHYs", "IDAT", "IEND"]
DENSITY = struct.pack(">IIB", 3937, 3937, 1)  # 100 dots an inch
RGB = bytes((8, 2, 0, 0, 0))  # how pixels are stored: three channels of eight bits, not interlaced


def figure_difference(stored, fresh):
    """None when two base64 pictures look the same, else why not, in words.

    No channel of any pixel may move by more than 4 of 255.
    """
    old, new = pixels(stored), pixels(fresh)
    if old is None or new is None:
        return "one of the two pictures cannot be read"
    if old.shape != new.shape:
        return f"stored picture is {_size(old)} pixels, this run gave {_size(new)}"
    moved = _moved(old, new)
    if not moved.any():
        return None
    return f"{moved.sum()} of {moved.size} pixels differ by more than {CHANNEL_STEP} of 255"


def faults(encoded):
    """Why a base64 picture holds more, or less, than what is drawn: a list of one line, or none."""
    try:
        data = base64.b64decode(encoded)
        if base64.b64encode(data).decode() != encoded or not data.startswith(SIGNATURE):
            raise ValueError("it is no PNG in plain base64")
        _check_chunks(list(_chunks(data)))
    except (ValueError, struct.error, zlib.error) as error:
        return [f"shows a picture that is not as it was drawn: {error}"]
    return []


def save_pair(stored, fresh, stem):
    """Write `stem`-stored.png, -fresh.png and, for equal sizes, -difference.png; return their paths."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    old, new = pixels(stored), pixels(fresh)
    if old is None or new is None:
        return []
    pictures = {"stored": old, "fresh": new}
    if old.shape == new.shape:
        pictures["difference"] = np.where(_moved(old, new)[..., None], RED, 128 + new // 2)
    paths = []
    for name, picture in pictures.items():
        paths.append(stem.with_name(f"{stem.name}-{name}.png"))
        Image.fromarray(picture.astype(np.uint8)).save(paths[-1])
    return paths


def pixels(encoded):
    """RGB array of shape (height, width, 3) of a base64 picture; None if it is none."""
    try:
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        return None


def _chunks(data):
    place = len(SIGNATURE)
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        if struct.unpack_from(">I", data, place + 8 + length)[0] != zlib.crc32(name + body):
            raise ValueError(f"its part {name!r} is damaged")
        yield name.decode("latin-1"), body
        place += 12 + length


def _check_chunks(chunks):
    names = [name for i, (name, _) in enumerate(chunks) if name != "IDAT" or chunks[i - 1][0] != "IDAT"]
    if names != CHUNKS:
        raise ValueError(f"its parts are {', '.join(names)}, allowed: {', '.join(CHUNKS)}")
    header, density, end = chunks[0][1], chunks[1][1], chunks[-1][1]
    width, height = struct.unpack_from(">II", header)
    whole = height * (1 + 3 * width)
    unpacked = zlib.decompressobj()
    size = len(unpacked.decompress(b"".join(body for name, body in chunks if name == "IDAT"), whole + 1))
    if (
        header[8:] != RGB
        or density != DENSITY
        or end
        or size != whole
        or not unpacked.eof
        or unpacked.unused_data
    ):
        raise ValueError("it holds more, or less, than its pixels at 100 dots an inch")


def _moved(old, new):
    return (np.abs(old.astype(int) - new) > CHANNEL_STEP).any(axis=-1)


def _size(picture):
    return f"{picture.shape[1]} x {picture.shape[0]}"
