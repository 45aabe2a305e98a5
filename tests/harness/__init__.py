"""Execute the notebooks, and check every output they store.

text, figures   what counts as the same text, the same picture
compare         the same list of outputs
twins           the text form of a notebook
canon           the one form in which a notebook is stored
execute         the executor: text twin -> notebook with outputs
form            what a stored notebook must look like, without running it
kernels         the environment kernels start in
plugin          pytest --nbval, with all of the above
"""

import sys

# Reading a notebook imports jsonschema, which compiles a grammar of web addresses for 2 s where
# this optional module is installed. No notebook schema uses it; None means "not installed".
sys.modules.setdefault("rfc3987_syntax", None)
