"""Rules that every campaign has without declaring them: files, identity, structure, cells, and what columns promise.

Codes are permanent and never reused. `says` is the message after the place; `{value}` is what was found, `{title}` the
column's title, `{expected}` what belongs there, `{example}` a right value; other names are filled by the stage that finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.declare.rules import ERROR, NOTE, QUERY, Severity

OF_MACHINE = ("F06", "F10")  # the rules by which one machine may refuse a file that another could read
LOST = "F11"  # the rule about an archived file that is missing, damaged, or cannot be read any more


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in rule: code, severity, short title, message; thresholds that a campaign may set otherwise."""

    code: str
    severity: Severity
    title: str
    says: str
    thresholds: Mapping[str, float] = field(default_factory=dict)


_ALL = (
    # F: the file
    Builtin("F01", ERROR, "不是电子表格", "{found}，不是电子表格。请让报送单位用 Excel 或 WPS 另存为 .xlsx 后重新报送。"),
    Builtin("F02", ERROR, "空文件", "文件为空（0 字节），可能没有传完。请重新取得该文件后放入收件文件夹。"),
    Builtin("F03", ERROR, "文件损坏", "文件不完整或已损坏，无法打开（{found}）。请让报送单位重新保存并报送。"),
    Builtin("F04", ERROR, "文件加密", "文件设有打开密码。请让报送单位取消密码后重新报送，或把密码告知区里统一登记。"),
    Builtin("F05", ERROR, "文件过大", "文件展开后过大（{found}），不像正常报表。请让报送单位把内容粘贴到空白表后重新报送。"),
    Builtin("F06", ERROR, "读取中断", "读取该文件时{found}，已跳过，不影响其他文件。请让报送单位把内容粘贴到空白表后重新报送。"),
    Builtin("F07", NOTE, "重复文件", "与已收到的“{found}”内容完全相同，未重复登记。"),
    Builtin("F08", ERROR, "压缩包", "{found}。请解压后把其中的表格逐个放入收件文件夹。"),
    Builtin("F09", ERROR, "另存为旧格式的网页或文本", "{found}，不是真正的电子表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再报送。"),
    Builtin("F10", ERROR, "文件正在使用", "文件正在使用，读不了（{found}）。请关闭打开它的程序，确认文件还在原处后再运行一次。"),
    Builtin("F11", ERROR, "归档文件缺失、损坏或读不出", "归档的文件“{found}”缺失、已损坏，或者这次没有读出来，其中的数字没有计入。请再运行一次；仍是这样的，请从备份恢复该文件，或请报送单位把同一份文件再报一次。"),
    # I: who and when
    Builtin("I01", ERROR, "无法识别单位", "无法识别是哪个单位的报表{found}。请在封面填写名录中的编码和名称后重新放入。"),
    Builtin("I02", ERROR, "单位信息不一致", "文件中几处单位信息互相矛盾：{found}。请与报送单位核对后改正，重新放入。"),
    Builtin("I03", ERROR, "不在名录", "“{found}”不在本次活动名录中{hint}。请核对编码；如确应报送，请先把该单位加入名录。"),
    Builtin("I04", ERROR, "报告期不符", "表内报告期为“{found}”，不是本活动的报告期（{expected}）。请与报送单位核对后改正，重新放入。"),
    Builtin("I05", ERROR, "表式版本不符", "使用的是{found}，现行表式为{expected}。请用现行表式重新填报。"),
    Builtin("I06", ERROR, "一个文件多个单位", "一个文件中有几个单位的报表：{found}。请每个单位单独存成一个文件后放入。"),
    Builtin("I07", NOTE, "同一单位多份报表", "同一单位报送了多份，以最后保存的“{found}”为准。"),
    Builtin("I08", ERROR, "多份报表分不清先后", "同一单位报送了多份内容不同的报表，分不清先后：{found}。请与单位确认后只重报正确的一份。"),
    Builtin("I09", QUERY, "与上期报表相同", "内容与上一期（{found}）的报表完全相同。如确无变化，请在核实说明中写明；否则请重新报送。"),
    Builtin("I10", ERROR, "报告期不一致", "文件中几处报告期互相矛盾：{found}。可能是用上期的表改的。请与报送单位核对后，用本期下发的表重新报送。"),
    Builtin("I11", NOTE, "其他报告期的报表", "这是{expected}{found}的报表，已登记到该期，不计入本期。要更新那一期的结果，请用 --period {value} 再运行一次。"),
    Builtin("I12", NOTE, "放在较早的文件夹", "本份放在日期较早的文件夹（{found}）中，但收到晚于“{expected}”，以本份为准。如不是最新的一份，请让报送单位重报最新的。"),
    Builtin("I13", ERROR, "办公室不予采用", "经{found}决定，本份报表不计入汇总（{expected}）。请改正后重新报送。"),
    Builtin("I14", NOTE, "报回以前的文件", "又报来与以前完全相同的一份，在“{found}”之后收到，以本份为准。"),
    # S: structure
    Builtin("S01", ERROR, "缺表", "没有找到“{title}”。请使用完整的表式填报，不要删除工作表。"),
    Builtin("S02", ERROR, "缺列", "没有找到“{title}”一栏{found}。请恢复该栏标题后重新报送。"),
    Builtin("S03", ERROR, "栏目重复", "“{title}”出现了两次（{found}），无法判断以哪一栏为准。请删除多余的一栏。"),
    Builtin("S04", NOTE, "多出的栏目", "多出一栏“{value}”，表式中没有，未作统计。"),
    Builtin("S05", NOTE, "工作表改名", "工作表名为“{value}”，按内容认作“{title}”。"),
    Builtin("S06", NOTE, "隐藏的行", "有 {value} 行被隐藏但填有内容，已照常读取。请核对是否应当上报。"),
    Builtin("S07", ERROR, "合计与明细不符", "“{title}”合计行为 {value}，明细相加为 {expected}，相差 {difference}。请核对明细和合计。"),
    Builtin("S08", ERROR, "工作表重复", "有几张表都像“{title}”（{found}），无法判断以哪张为准。请删除多余的工作表。"),
    Builtin("S09", QUERY, "表外有数据", "“{value}”填在表格范围之外，无法判断属于哪一栏。请移到对应栏目，或在核实说明中写明。"),
    Builtin("S10", NOTE, "取消合并单元格", "合并单元格按“同上”读取，共 {value} 格。"),
    Builtin("S11", NOTE, "说明行", "第 {value} 行认作表头、栏号、示例或填写说明，未作数据读取。"),
    Builtin("S12", NOTE, "工作表内容相同", "有几张表都是“{title}”（{found}），内容完全相同，只读取“{value}”。"),
    Builtin("S13", ERROR, "合并单元格", "“{title}”{found}合并成一格（{value}），无法判断是否各行都适用。请取消合并，逐行填写。"),
    Builtin("S14", ERROR, "一张表上有几个表格", "从第 {row} 行起像是另一张表“{value}”，未作“{title}”读取。请把它移到单独的工作表“{value}”中。"),
    Builtin("S15", ERROR, "栏目单位不符", "“{title}”一栏注明的单位为“{value}”，表式规定为“{expected}”。请按{expected}换算后填写，并把注明的单位改回“{expected}”。"),
    Builtin("S16", ERROR, "栏目所填内容不符", "“{title}”一栏注明的单位为“{value}”，表式要填的是“{expected}”，不是同一项内容。请按{expected}核对后填写，并把注明的单位改回“{expected}”。"),
    Builtin("S17", NOTE, "序号不连续或重复", "“{title}”不连续或有重复：{found}。不影响统计，请核对有没有漏填、多填的行。"),
    Builtin("S18", ERROR, "其他报告期的表式", "这是{found}的空白表，其中没有{expected}要填的“{title}”。请按{expected}的表式补填后重新报送。"),
    Builtin("S19", NOTE, "本期不填的内容", "这是{found}的空白表，其中的“{title}”在{expected}不填，未作统计。"),
    Builtin("S20", NOTE, "栏名已改", "这是{found}的空白表，其中的“{value}”在{expected}称“{title}”，已照此读取。"),
    # R, N, D, C, T, P, E: cells
    Builtin("R01", ERROR, "必填项为空", "“{title}”没有填写。请填写{expected}。"),
    Builtin("R02", ERROR, "行数不符", "“{title}”填了 {value} 行，应为{expected}。请核对后补填缺少的行，或删去多余的行。"),
    Builtin("N01", ERROR, "不是数字", "“{title}”填写的“{value}”不是数字。请填写阿拉伯数字，如 {example}；如属估计数，请核实后填写。"),
    Builtin("N02", ERROR, "不是整数", "“{title}”填写的“{value}”不是整数。请核实后填写整数，如 {example}。"),
    Builtin("N03", ERROR, "数值过小", "“{title}”填写的 {value} 小于允许的最小值 {expected}。请核实后改正。"),
    Builtin("N04", ERROR, "数值过大", "“{title}”填写的 {value} 大于允许的最大值 {expected}。请核实后改正。"),
    Builtin("N05", ERROR, "小数位过多", "“{title}”填写的 {value} 小数位过多。请四舍五入后填写，{expected}。"),
    Builtin("N06", ERROR, "单位不符", "“{title}”填写的“{value}”带有其他单位。本栏单位为{unit}，请换算后只填数字。"),
    Builtin("N07", QUERY, "可能填错单位", "“{title}”填写的 {value} 约为常见值（{expected}）的一万倍，疑似按“元”填写。本栏单位为{unit}，请核实。"),
    Builtin("N08", ERROR, "应填数字", "“{title}”填写的“{value}”不是数字。如没有，请填 0。"),
    Builtin("N09", ERROR, "没有大于下限", "“{title}”填写的 {value} 不符：应大于 {expected}。请核实后改正。"),
    Builtin("N10", ERROR, "没有小于上限", "“{title}”填写的 {value} 不符：应小于 {expected}。请核实后改正。"),
    Builtin("D01", ERROR, "不是日期", "“{title}”填写的“{value}”不是完整的日期。请按“年-月-日”填写，如 {example}。"),
    Builtin("D02", ERROR, "日期超出范围", "“{title}”填写的 {value} 不在 {expected} 之内。请核实后改正。"),
    Builtin("D03", ERROR, "没有这一天", "“{title}”填写的“{value}”在日历上不存在。请核实后改正，如 {example}。"),
    Builtin("D04", ERROR, "日期晚于报送", "“{title}”填写的 {value} 晚于收到报表的日期 {expected}。请核实后改正。"),
    Builtin("C01", ERROR, "不在选项内", "“{title}”填写的“{value}”不在选项内。请从下拉列表中选择：{expected}。"),
    Builtin("C02", ERROR, "不在名单中", "“{title}”填写的“{value}”不在{found}中{hint}。请{remedy}。"),
    Builtin("T01", ERROR, "文字过长", "“{title}”的文字过长（{value}）。请精简到{expected}。"),
    Builtin("T02", ERROR, "格式不符", "“{title}”填写的“{value}”格式不符。请按要求填写：{expected}。"),
    Builtin("T03", ERROR, "姓名不规范", "“{title}”填写的“{value}”不像姓名。请填写姓名全称，一格只填一人。"),
    Builtin("T04", ERROR, "号码被改成数字", "“{title}”的号码过长，已被软件改成数字（{value}），末几位可能丢失。请设为文本格式后重新填写。"),
    Builtin("P01", ERROR, "电话号码有误", "“{title}”填写的“{value}”不是有效的电话号码。请填写{expected}。"),
    Builtin("E01", ERROR, "单元格出错", "“{title}”显示为 {value}，公式出错。请改为直接填写数值。"),
    Builtin("E02", ERROR, "公式没有结果", "“{title}”是公式但没有计算结果。请用 Excel 或 WPS 打开，保存后重新报送。"),
    Builtin("K01", NOTE, "按原意识别", "“{title}”填写的“{value}”{note}。"),
    # U, L, B: what a column promises beside other cells
    Builtin("U01", ERROR, "重复", "“{title}”填写的“{value}”与 {found} 重复。请核实后改正或删除重复的一行。"),
    Builtin("U02", QUERY, "整行重复", "{rows}与{found}内容完全相同{hint}，可能是重复填写。如确为不同的情况，请在核实说明中写明；否则请删除重复的行，并核对合计和汇总表。"),
    Builtin("U03", QUERY, "与其他单位相同", "{rows}与{found}内容完全相同{hint}。如两处情况确实相同，请在核实说明中写明；如误用了其他单位的表，请改填本单位的情况，并核对合计和汇总表。"),
    Builtin("L01", ERROR, "与名册不符", "“{title}”填写的“{value}”在{expected}中没有。请核对写法，或先在{expected}中补填。"),
    Builtin("B01", ERROR, "汇总与台账不符", "“{title}”填报 {value}，{found}为 {expected}，相差 {difference}。请核对汇总数和台账，使两处一致。"),
    Builtin("B02", ERROR, "本期与累计不符", "“{title}”填报 {value}，但{whole} {found} 减去{before}，应为 {expected}，相差 {difference}。请核对后使各数一致{hint}。"),
    Builtin("B03", ERROR, "累计低于上期", "“{title}”填报 {value}，低于{before}，少了 {difference}。累计只增不减，请核对后改正{hint}。"),
    Builtin("B04", ERROR, "期初与上期期末不符", "“{title}”填报 {value}，应等于{before}，相差 {difference}。请改为 {expected}{hint}。"),
    # Y: figures beside those of other teams. times, same_kind, all_teams: how far, and among how many at least. above: a count
    # is that much above the median. money_times: an amount is so many times the median of all. least: a count from which on
    # it is hardly the same by chance
    Builtin("Y01", QUERY, "与其他单位相差悬殊", "“{title}”填报 {value}，约为{among}中位数 {expected} 的 {times} 倍。请核对数字和计量单位（本栏单位为{unit}）；如属实，请在核实说明中写明情况。", {"times": 30, "same_kind": 10, "all_teams": 20, "above": 50, "money_times": 3}),
    Builtin("Y02", QUERY, "占合计的比重过大", "“{title}”填报 {value}，一个单位占已报单位合计 {expected} 的 {share}%。请核对数字和计量单位（本栏单位为{unit}）；如属实，请在核实说明中写明情况。", {"percent": 25, "all_teams": 20, "above": 50, "money_times": 3}),
    Builtin("Y03", QUERY, "连续三期相同", "“{title}”填报 {value}，与前两期完全相同。请核对是否照抄了以前的数；如属实，请在核实说明中写明情况。", {"least": 20}),
    # Z: nil returns
    Builtin("Z01", ERROR, "零报告却有数字", "{nil}填报为“{choice}”，{found}。如确无情况，请{remedy}；如有情况，请改正{nil}。"),
    # J: explanations
    Builtin("J01", QUERY, "说明没有内容", "核实说明“{value}”没有说明原因。请写明具体情况，如时间、地点、人数或依据。"),
    Builtin("J02", QUERY, "说明所指的数已改", "这条说明是就原来填的“{expected}”写的，现在填的是“{found}”。请按现在填的改写说明，或改正所填的数。"),
)  # fmt: skip

BUILTIN: dict[str, Builtin] = {builtin.code: builtin for builtin in _ALL}
