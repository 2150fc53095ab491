"""A bulletin is issued: what its night found is fixed, under a number and a name, and stands in `published/` from then on."""

from pipeline.issuing.fix import Fixed, Order, publish_bulletin
from pipeline.issuing.ready import IssueError

__all__ = ["Fixed", "IssueError", "Order", "publish_bulletin"]
