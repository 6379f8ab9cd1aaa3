"""The parser that needs no model: plain questions, in English and Chinese, into what they mean and then into SQL.

A question is read by a chart parser (Kay 1980) over typed phrases; words combine only where the schema allows it, so
word order decides little. It answers when every word of the question is accounted for, and says so when one is not.
"""
