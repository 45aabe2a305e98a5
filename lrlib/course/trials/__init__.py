"""What is tried of an answer to an exercise of an assignment, where more is done than to call it.

Each function takes an answer and a case, and returns what is compared: numbers, text, lists, tuples, dicts,
arrays or schedules. Students' programs run where these functions are, so they hold no right answer.
"""
