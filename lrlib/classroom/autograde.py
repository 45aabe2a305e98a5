"""What nbgrader's `autograde` reads: a submission that was already run in a sandbox and marked outside it.

nbgrader converts each notebook twice, with an exporter that `nbgrader_config.py` names. The first time it is
given the copy that `assess` made; its own steps then check cells against the gradebook and save the points.
"""

from __future__ import annotations

import nbformat
from nbconvert import NotebookExporter
from traitlets import Bool

from lrlib.classroom import assess


class Submitted(NotebookExporter):
    """Reads a submission as data, whatever it is, and gives the marked copy of it."""

    unsafe = Bool(False, help="Also where there is no sandbox: with limits alone.").tag(config=True)

    def from_filename(self, filename, resources=None, **rest):
        """As nbconvert's, but for the first reading, of what was handed in."""
        about = resources["nbgrader"]
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources, **rest)
        found = assess.in_course(
            self.parent.coursedir.root, about["assignment"], about["student"], self.unsafe
        )
        for line in [*found.protections, *found.notes]:
            self.log.info(line)
        return self.from_notebook_node(nbformat.reads(found.notebook, as_version=4), resources, **rest)
