"""The days that our documents can bear."""

import datetime as dt

FIRST_DAY, LAST_DAY = dt.date(1980, 1, 1), dt.date(2107, 12, 31)  # what the parts of our documents can be dated to
