"""Assignments that mark themselves: from instructor notebooks to grades, with strangers' code in a sandbox.

plain     values of a student's program as plain data, and back
marking   points and sentences, from such data alone
"""
