"""The answer: a paraphrase of the question, a sentence with the result, a chart, and the response around them.

In: logical forms, candidates and results. Out: text in English or Chinese, Vega-Lite, an `AskAnswer`. Uses all other
rooms.
"""
