"""The only writers of what people read: `outbox` puts a night's documents into place.

`form` and `correction` are for teams, `office` for the morning, `summary` and `word` for leaders; `excel` is the look of our
workbooks, `phrases` what several documents say.
"""
