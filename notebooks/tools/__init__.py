"""Execute the notebooks, and check every output they store.

text, figures   what counts as the same text, the same picture
compare         the same list of outputs
twins           the text form of a notebook
canon           the one form in which a notebook is stored
execute         the executor: text twin -> notebook with outputs
form            what a stored notebook must look like, without running it
lesson          what a numbered lesson must look like
prose, links    what its text says, and where that leads
cells, checks   what every cell is for, and the page that says what is checked
vary            run the lessons with other parameters
navigate        links and tables that are generated
kernels         the environment kernels start in
plugin          pytest --nbval, with all of the above
"""

import sys

# Reading a notebook imports jsonschema, which compiles a grammar of web addresses for 2 s where
# this optional module is installed. No notebook schema uses it; None means "not installed".
sys.modules.setdefault("rfc3987_syntax", None)
