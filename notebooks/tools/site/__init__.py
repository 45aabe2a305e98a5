"""The static site: lessons, gallery, evidence, reports and the library, from what is stored; nothing is run.

    make site           build/site, from the notebooks as they are

`python -m notebooks.tools.site` writes the texts of all pages to `build/site-src`, and Sphinx makes the site
of them. It needs the few packages of `site/requirements.txt`; neither the library nor a kernel is imported.

build        the command, and which page comes from which file
pages        a notebook, or a Markdown file of the project, as the text of a page
outputs      what a cell shows, as HTML or Markdown: figures, tables, printed lines
docstrings   the library's own words about a public name, as Markdown
reference    the pages of the library, from its sources as they are written
formulas     formulas as MathML, which browsers draw without a script
"""
