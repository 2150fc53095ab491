"""What every message to a clerk must be: in plain words, with the column by its name and what was found in quotation marks."""

from __future__ import annotations

import re

from pipeline.model import Finding

NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?|\d{4}-\d{2}-\d{2}|\d{4}-\d{2}|[\d ]+(行|格)?")
OF_ROWS = {"R02", "U02", "U03", "Z01", "S07", "S09", "S11"}  # what is said of whole rows, at the first of their cells
KNOWN = {"Excel", "WPS", "xlsx", "xls"}  # words that stand on a clerk's own screen


def unclear(finding: Finding) -> list[str]:
    """Say what is wrong with the words of a finding; nothing if a clerk can read them."""
    said = finding.message.removesuffix("〕").rpartition("〔")[0]
    place = f"{finding.sheet} {finding.cell}：" if finding.cell else ""
    bare = re.sub(r"“[^“”]*(“[^”]*”[^“”]*)*”", "“”", said.removeprefix(place).replace(finding.file, ""))
    words = set(re.findall(r"[A-Za-z]{2,}", bare)) - KNOWN
    wrong = [f"English: {', '.join(sorted(words))}"] if words else []
    wrong += ["a formula"] if re.search(r"[=<>*{}]|nan|None", bare) else []
    wrong += ["no end"] if not said.endswith(("。", "。）", "。”")) else []
    wrong += ["does not say what to do"] if finding.severity.value != "note" and not re.search("请|应", bare) else []
    if finding.value and not NUMBER.fullmatch(finding.value) and finding.value in bare:
        wrong.append(f"not quoted: {finding.value}")
    column = re.sub(r"（[^）]*）$", "", finding.column)  # of a card without the record, which the place tells
    if finding.cell and column and finding.rule not in OF_ROWS and column not in said:
        wrong.append(f"does not name the column {finding.column}")
    return wrong
