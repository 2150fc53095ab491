"""核实说明: a team's answers to queries; the office fills the left part, the team writes the last column."""

from pipeline.declare import Code, Sheet, Text, column


class Explanations(Sheet):
    """One row per query that waits for an answer."""

    finding: Code = column("核实编号", role="explains", required=False, width=14, note="由办公室填写，请勿改动")
    place: Text = column("位置", required=False, width=24)
    question: Text = column("核实事项", required=False, max_length=1000, width=60)
    answer: Text = column("核实说明", role="explanation", required=False, max_length=1000, width=40, note="写明具体情况，如时间、地点、人数或依据")

    class Config:
        title = "核实说明"
        role = "explanations"
        key = "finding"
        rows = 10
