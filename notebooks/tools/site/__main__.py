"""`python -m notebooks.tools.site`."""

from .. import command
from . import build

command.run(build.main)
