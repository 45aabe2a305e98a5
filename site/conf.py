"""How Sphinx makes the site from the texts that `python -m notebooks.tools.site` writes."""

from pathlib import Path

project = "Learning-rate schedules"
author = "the lrlib contributors"
copyright = "text and figures under CC BY 4.0, code under the MIT licence"
language = "en"
extensions = ["myst_parser", "sphinx.ext.githubpages", "notebooks.tools.site.formulas"]
exclude_patterns = ["extra", "_static"]
pygments_dark_style = "github-dark"
smartquotes = False  # quotes stand around code as often as around words
add_function_parentheses = False

myst_enable_extensions = ["attrs_block", "colon_fence", "dollarmath"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Learning-rate schedules"
html_favicon = "_static/favicon.svg"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["lrlib.css"]
html_js_files = [("lrlib.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
