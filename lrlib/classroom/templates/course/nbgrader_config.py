"""What nbgrader does in this course, made by `python -m lrlib course build`. Yours to change.

Submissions are strangers' programs: the lines about Autograde have them run in a sandbox, marked outside it.
Without these, `nbgrader autograde` runs what students wrote with everything that you may do.
"""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "learning_rates"  # JupyterHub: the name of the course there

# What students see in place of a solution, and what may be read once it is marked.
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your code here")'}
c.ClearSolutions.text_stub = "*Your answer here.*"
# The scheme stands in a cell of its own that students cannot change.
c.ClearMarkScheme.enforce_metadata = False
c.IncludeHeaderFooter.header = "source/header.ipynb"

# Submissions are read as data, run in a sandbox, and marked where they never ran.
c.Autograde.exporter_class = "lrlib.classroom.autograde.Submitted"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Feedback opens without a network, and runs nothing.
c.GenerateFeedback.exporter_class = "lrlib.classroom.feedback.Feedback"
c.GenerateFeedback.preprocessors = ["lrlib.classroom.feedback.Grades"]

# Files that were handed in elsewhere, below downloaded/ASSIGNMENT/archive: ada_A1_....ipynb,
# ada/A1_....ipynb, ada.zip, and what Moodle and Canvas give as a zip file.
c.ZipCollectApp.extractor_plugin = "lrlib.classroom.collect.Extractor"
c.ZipCollectApp.collector_plugin = "lrlib.classroom.collect.Collector"
