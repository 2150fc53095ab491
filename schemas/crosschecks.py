"""Rules between sheets."""

import pandas as pd

from pipeline.declare import ERROR, rule
from .summary import Summary


@rule(
    "Q01",
    ERROR,
    blames=Summary.people_visited,
    says="封面填报为零报告，汇总表却有走访群众 {people_visited} 人。请把封面的零报告改为“否”，或核对汇总表。",
    passing=[{"summary": [{"people_visited": 0}], "cover": [{"nil": "是"}]}, {"summary": [{"people_visited": 3}], "cover": [{"nil": "否"}]}],
    failing=[{"summary": [{"people_visited": 3}], "cover": [{"nil": "是"}]}],
)
def nil_has_no_figures(summary: pd.DataFrame, cover: pd.DataFrame) -> pd.Series:
    """零报告的汇总表没有数字。"""
    nil = summary["submission"].map(cover.set_index("submission")["nil"])
    return (nil != "是") | (summary["people_visited"] == 0)
