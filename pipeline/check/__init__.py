"""What is wrong in returns: each by itself (`alone`), and held against each other on what is kept of them (`together`)."""

from pipeline.check.alone import check_alone
from pipeline.check.rules import Broken
from pipeline.check.together import District, check_together
from pipeline.check.whose import Register

__all__ = ["Broken", "District", "Register", "check_alone", "check_together"]
