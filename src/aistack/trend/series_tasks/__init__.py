"""The tasks of the worker process that concern series: a request in JSON goes in, an answer in JSON comes out.

`pushed` reads files of points, `analysis_task`, `forecast_task`, `scoring_task` and `comparison_task` answer with what
the rooms of numbers find, `answer_form` has the parts that their answers share.
"""
