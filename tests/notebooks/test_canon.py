"""What is stored does not depend on when a kernel sent it."""

from nbformat import v4

from notebooks.tools import canon


def stored(*printed):
    streams = [v4.new_output("stream", name=name, text=text) for name, text in printed]
    picture = v4.new_output("display_data", {"text/plain": "a picture"})
    outputs = [*streams, picture, v4.new_output("stream", name="stdout", text="one\n")]
    return canon.dumps(v4.new_notebook(cells=[v4.new_code_cell("run()", id="a", outputs=outputs)]))


def test_what_was_printed_in_pieces_is_stored_whole():
    rest = ("stderr", "careful\n"), ("stdout", "three\n")
    in_pieces = stored(("stdout", "one\n"), ("stdout", "two\n"), *rest)
    assert in_pieces == stored(("stdout", "one\ntwo\n"), *rest) and in_pieces.count('"stream"') == 4
