"""Parameters from a YAML file, as texts: their declared types convert them."""

from __future__ import annotations

from pathlib import Path

import yaml
from yaml.resolver import BaseResolver as Tags

from lrlib.rules import Refused

LARGEST = 1_000_000  # characters of a file of parameters


def read_yaml(path: str) -> dict[str, object]:
    """Parameters from a YAML file that holds one mapping, as texts: their declared types convert them.

    ValueError for what is no regular file of at most 1 MB, holds anything else, names a parameter twice, or
    gives a value a type of its own, as in `!!int 3`.
    """
    node = mapping(path)
    names = [_scalar(key, path) for key, _ in node.value]
    if len(set(names)) < len(names):
        raise Refused("a parameter is named twice", path)
    return {name: _scalars(value, path) for name, (_, value) in zip(names, node.value, strict=True)}


def mapping(path: str) -> yaml.MappingNode:
    """The one mapping that a YAML file holds; ValueError for what is no regular file of at most 1 MB."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise Refused("cannot be read: it is no regular file", path)
        with open(path, encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except RecursionError:
        raise Refused("nested too deeply", path) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"cannot be read as YAML ({' '.join(str(error).split())})", path) from None
    if len(text) > LARGEST:
        raise Refused(f"larger than {LARGEST} characters", path)
    if not isinstance(node, yaml.MappingNode) or node.tag != Tags.DEFAULT_MAPPING_TAG:
        raise Refused("expected one `name: value` a line", path)
    return node


def _scalars(node: yaml.Node, path: str) -> str | list[str]:
    if isinstance(node, yaml.SequenceNode) and node.tag == Tags.DEFAULT_SEQUENCE_TAG:
        return [_scalar(item, path) for item in node.value]
    return _scalar(node, path)


def _scalar(node: yaml.Node, path: str) -> str:
    if node.tag != Tags.DEFAULT_SCALAR_TAG or not isinstance(node, yaml.ScalarNode):
        what = "`name: value`, where a value is a text, a number or a list, without a tag"
        raise Refused(f"line {node.start_mark.line + 1}: expected {what}", path)
    return node.value
