"""Mistakes in rules: what they are called, whom they blame, what they read, and what their messages and examples name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pipeline import declared_at
from pipeline.declarations import near
from pipeline.declare import BUILTIN, ColumnRef, Form, Rule, Severity
from pipeline.declare.over import HEADING
from pipeline.declare.rules import BEFORE, ROWS_BEFORE, TEAM, Across, is_before, sheet_of
from pipeline.errors import CampaignError

OF_RETURNS = (TEAM, "submission", "record")  # columns of a frame that no sheet declares


def about_rules(form: Form, rules: Sequence[Rule]) -> Iterator[CampaignError]:
    """Say what is wrong in rules, each by itself and beside the others."""
    seen: set[str] = set()
    for rule in rules:
        place = declared_at.of_rule(rule)
        for says in (*_of_code(rule, seen), *(_of_names(form, rule) or _of_words(form, rule))):
            yield CampaignError.at(*place, f"规则 {rule.code} {says}")
        seen.add(rule.code)


def _of_code(rule: Rule, seen: set[str]) -> Iterator[str]:
    severity: Any = rule.severity
    if not str(rule.code).strip():
        yield "没有编号。请给它一个编号。"
    elif rule.code in seen:
        yield "的编号用了两次。请给其中一条规则换一个编号。"
    elif rule.code in BUILTIN:
        yield f"的编号是通用规则“{BUILTIN[rule.code].title}”的。请换一个编号。"
    if not isinstance(severity, Severity):
        yield "的性质应是 ERROR、QUERY 或 NOTE。请改正。"
    if rule.across not in get_args(Across):
        yield f"的 across“{rule.across}”只能是 return 或 teams。请改正。"


def _of_names(form: Form, rule: Rule) -> list[str]:
    """Say which sheets and columns it names in vain."""
    keys = [sheet.key() for sheet in form.sheets]
    known = [*keys, TEAM, BEFORE, *(key + ROWS_BEFORE for key in keys)]
    says = [
        f"的参数“{name}”不是表式中的表{near(name, known)}。"
        f"参数写表的名称（它上期的行写“名称{ROWS_BEFORE}”），或 team、before；界限要有默认值。"
        for name in rule.frames
        if sheet_of(name) not in keys and name not in keys
    ]
    says += [
        f"的参数“{name}”在规则中是“{sheet_of(name)}”上期的行，表式中却有名称为 {name} 的表。请给该表的类另取名称。"
        for name in rule.frames
        if is_before(name) and name in keys
    ]
    if TEAM in keys:
        says.append("所在的表式中有名称为 team 的表，而 team 在规则中是报送单位。请给该表的类另取名称。")
    if BEFORE in keys:
        says.append("所在的表式中有名称为 before 的表，而 before 在规则中是上期所报的数。请给该表的类另取名称。")
    says += _of_rows_before(form, rule, keys) if rule.sheets_before and not says else []
    if rule.reads_before and (rule.frames[:1] != (form.declared.key(),) or rule.across != "return" or rule.over):
        says.append(f"的参数 before 只能与“{form.declared.key()}”一起用，并以它为第一个参数。请改正。")
    if not rule.frames:
        says.append("没有参数，不知道检查哪张表。请以表的名称为参数。")
    if not rule.blames or not all(isinstance(each, ColumnRef) for each in rule.blames):
        says.append("的 blames 应写成 表.栏目，不加引号。请改正。")
    elif any(each.declared().over != rule.over for each in rule.blames):
        says.append("标出的几栏，over 的标题不一样，不能一起检查。请分成几条规则。")
    elif not says and (other := next((each for each in rule.blames if each.owner.key() != rule.sheets[0]), None)):
        says.append(f"标出的“{other}”不在它的第一个参数“{rule.sheets[0]}”中。请把被标出的表写在最前。")
    return says


def _of_rows_before(form: Form, rule: Rule, keys: Sequence[str]) -> list[str]:
    """Say what is wrong with how it asks for rows of the period before."""
    says = []
    if rule.across != "return":
        says.append('读取上期的行，across 只能是 "return"。请改正。')
    if rule.is_about_before and form.sheet(rule.sheets[0]).is_card():
        says.append(f"的第一个参数“{rule.frames[0]}”应是一张一行一条的表。请改用别的表，或把本期的表写在最前。")
    if rule.is_about_before and (len(rule.blames) != 1 or rule.over):
        says.append(f"以上期的行“{rule.frames[0]}”为第一个参数，blames 只能是一栏，写认出各行的那一栏。请改正。")
    return says


def _of_words(form: Form, rule: Rule) -> Iterator[str]:
    if not (rule.holds.__doc__ or "").strip():
        yield "没有用文档字符串写明必须怎样，规则清单中没有内容可列。请补上一句。"
    sheet = rule.blames[0].owner
    try:
        unknown = rule.unknown_words()
    except ValueError:
        yield "的说明文字中花括号不成对。请改正。"
    else:
        if not rule.says.strip():
            yield "没有说明文字。请写明错在哪里、怎样改。"
        if unknown:
            known = [*rule.columns, *rule.thresholds]
            yield (
                f"的说明文字中有“{{{unknown[0]}}}”，既不是《{sheet.title()}》的栏目，也不是该规则的界限"
                f"{near(unknown[0], known)}。请改正名称。"
            )
    if not rule.passing or not rule.failing:
        yield "缺少示例。请用 passing 和 failing 各写明至少一例。"
    for example in (*rule.passing, *rule.failing):
        yield from _of_example(form, rule, example)


def _of_example(form: Form, rule: Rule, example: Mapping[str, object]) -> Iterator[str]:
    rows = example if set(example) & set(rule.frames) else {rule.frames[0]: [example]}
    for key, listed in rows.items():
        if (key == TEAM and rule.reads_register) or (key == BEFORE and rule.reads_before):
            continue
        if key not in rule.frames:
            yield f"的示例中“{key}”不是它的参数{near(key, rule.frames)}。请改正。"
            continue
        sheet = form.sheet(sheet_of(key))
        columns = [
            *sheet.columns(),
            *sheet.declared(),
            *OF_RETURNS,
            *([HEADING] if rule.over else []),
            *([BEFORE] if rule.reads_before else []),
        ]
        for row in listed if isinstance(listed, Sequence) else ():
            for name in row:
                if name == BEFORE and rule.reads_before:
                    yield from _of_before(form, row[name])
                elif name not in columns:
                    yield f"的示例中没有“{name}”这一栏{near(name, columns)}。请改正。"
                elif name == TEAM and isinstance(row[name], Mapping) and not rule.reads_register:
                    yield "的示例写了 team，它却没有 team 这个参数。请加上参数，或删去示例中的 team。"


def _of_before(form: Form, said: object) -> Iterator[str]:
    """Say what is wrong in what an example says of the period before."""
    figures = [*form.declared.indicators()]
    if not isinstance(said, Mapping):
        yield '的示例中 before 应写成 {"指标": 数}。请改正。'
    elif unknown := [str(name) for name in said if name not in figures]:
        yield f"的示例中 before 没有“{unknown[0]}”这项指标{near(unknown[0], figures)}。请改正。"
