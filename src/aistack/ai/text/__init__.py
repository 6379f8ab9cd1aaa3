"""The text of a question: its tokens, nouns, numbers and dates, and follow-up questions.

In: a question as it was typed. Out: `Token`s, numbers, `DateSpan`s, complete questions. Uses no other room.
"""
