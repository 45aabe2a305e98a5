"""What stands for marking in a worker of a test's own, which imports nothing else and so starts at once."""

import os


def in_course(root, assignment, student, unsafe):
    """As `assess.in_course` is called; emmy's submission brings the worker down each time."""
    if student == "emmy":
        os._exit(1)
    return student
