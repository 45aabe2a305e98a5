"""Assignments that mark themselves: from instructor notebooks to grades, with strangers' code in a sandbox.

build       a course folder for nbgrader from the instructor notebooks; course: what is where in it
assess      one submission: read, run, marked, and put into words
grade       a class of them, in parallel; lists: its grades as tables
autograde   how nbgrader reads what was assessed; feedback: the page that a student gets
pack        what a teacher reads: solutions, what goes wrong, timing, mark schemes
command     the commands of `python -m lrlib course`; demo: all of them, with five students

submission  whatever was handed in, in the form of its assignment
sandbox     a program, and questions to its functions, run where it can do no harm
walls       what it sees and may use there; calls: of the kernel, which are refused; watch: of what it uses
inside      what runs it there, in a shell
shown       what a program shows, as a notebook may store it
plain       values of a student's program as plain data, and back
marking     points and sentences, from such data alone
"""
