"""What builds the notebooks, and what checks every output they store. Each runs from the project's root.

    make notebooks                                         make test
    src/NAME.py, the twin                                  NAME.ipynb, as stored
      |  execute: run its cells in a fresh kernel            |  plugin: nbval runs its cells in a fresh
    fresh outputs                                            |  kernel, on two machine profiles
      |  canon.settle: keep what `compare` confirms        fresh outputs
    settled outputs                                          |  compare: text, numbers, figures, order
      |  canon.dumps: the one form of the file             passed, or the first difference
    NAME.ipynb

twins            the text form of a notebook, its twin
execute, canon   run a twin; the one form in which a notebook is stored, and which outputs stay
kernels          the environment kernels start in, on this machine or on a second one, without a network
plugin           makes `pytest --nbval` a check of everything that is stored
compare          the same list of outputs; `text` and `figures` say what counts as the same
form, lesson     what a stored notebook, and a numbered lesson, must look like; no kernel is needed
teaching         what a lesson owes its reader, and how long it takes
evidence         what a notebook that measures claims must look like
assignment       what an instructor notebook must look like
allowed          what it may hold: tags, metadata, outputs, HTML; everything else is refused
prose, links     what its text says, and where that leads
cells, checks    what every cell is for, and the page that says what is checked
vary             run the lessons with other parameters
navigate, quiz   what is generated: links, tables, the order of options in quizzes
index            the page that leads to the lessons, which navigate writes
lines            lines of code of the library, against its budgets
command          how all of these are started, and what is said when something is wrong
"""

import sys

# Reading a notebook imports jsonschema, which compiles a grammar of web addresses for 2 s where
# this optional module is installed. No notebook schema uses it; None means "not installed".
sys.modules.setdefault("rfc3987_syntax", None)
