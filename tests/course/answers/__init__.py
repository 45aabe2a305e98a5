"""Answers that learners might write, one file a lesson: right ones in several forms, and wrong ones.

A file is read as text. Each answer is a cell that starts with `# %% 08.1 right: as an array` or `# %% 08.1
wrong: ...`; it runs in the finished notebook of its lesson in place of the gap, and then the check cell does.
A wrong one is none that the exercise lists as a mistake, and is caught all the same.
"""
