"""Assignments that mark themselves: from instructor notebooks to grades, with strangers' code in a sandbox.

submission  whatever was handed in, in the form of its assignment
sandbox     a program, and questions to its functions, run where it can do no harm
walls       what it sees and may use there; inside and shell: what runs it there
shown       what a program shows, as a notebook may store it
plain       values of a student's program as plain data, and back
marking     points and sentences, from such data alone
"""
