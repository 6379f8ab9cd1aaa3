"""The text of a question: its tokens, the numbers and dates in it, and follow-up questions.

In: a question as it was typed. Out: `Token`s, numbers, `DateSpan`s, complete questions. Uses no other room.
"""
