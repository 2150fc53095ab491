"""The part that lists the sheets: the slip put in front, links to other files taken out, references by place kept right."""

from __future__ import annotations

import re

from xlsxwriter.utility import quote_sheetname

from pipeline.publish.correction.slip import HEADER
from pipeline.publish.marked.parts import STRICT, USUAL, Parts
from pipeline.publish.marked.sheets import EXTERNAL, SheetXml
from pipeline.publish.marked.splice import (
    Edit,
    Element,
    UneditableError,
    elements,
    first,
    put_inside,
    quoted,
    set_attribute,
    shadow,
    text,
    unescaped,
    without_attribute,
)
from pipeline.rawbook import SLIPS

LEFT_BEHIND = ("vbaProject", "attachedToolbars", "externalLink")  # what a workbook leads to
LEFT_BY_PACKAGE = ("extensibility", "origin")  # what the package leads to: buttons for macros, signatures
NEVER = ("xlMacrosheet", "xlIntlMacrosheet")  # sheets that are macros: without them the others have other places
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
LOST = b"#REF!"  # what a name says that led to another file
BEFORE_NAMES = ("externalReferences", "functionGroups", "sheets")


def paths(parts: Parts) -> dict[str, str]:
    """Give the part of each worksheet, by its name, in order."""
    targets = {each.identity: each.target for each in parts.relations(parts.workbook) if each.kind == "worksheet"}
    found = {each.attributes.get("name", ""): targets.get(each.attributes.get("id", ""), "") for each in _sheets(parts)}
    return {name: path for name, path in found.items() if path in parts}


def leave_behind(parts: Parts) -> bool:
    """Leave macros and links to other files behind; what formulas got from there stays as a value. Tells if there were any."""
    if any(each.kind in NEVER for each in parts.relations(parts.workbook)):
        raise UneditableError("sheets of macros")
    parts.leave("", LEFT_BY_PACKAGE)
    parts.declare(parts.workbook, WORKBOOK_TYPE)
    if any(each.kind == "externalLink" for each in parts.relations(parts.workbook)):
        _keep_results(parts, _names_cut_off(parts))
    return parts.leave(parts.workbook, LEFT_BEHIND)


def _names_cut_off(parts: Parts) -> re.Pattern[str]:
    """Take the links out of the list of sheets. Gives what tells a formula that needs one."""
    xml = parts[parts.workbook]
    shade, patterns, edits = shadow(xml), [EXTERNAL.pattern], list[Edit]()
    for name in elements(shade, "definedName"):
        if EXTERNAL.search(unescaped(xml[name.inner : name.close])):
            edits.append((name.inner, name.close, LOST))
            patterns.append(rf"(?<![\w.]){re.escape(name.attributes.get('name', ''))}(?![\w.])")
    edits += [(each.start, each.end, b"") for each in elements(shade, "externalReferences")]
    parts.edit(parts.workbook, edits)
    return re.compile("|".join(patterns))


def _keep_results(parts: Parts, leads: re.Pattern[str]) -> None:
    found = False
    for path in paths(parts).values():
        sheet = SheetXml(parts[path])
        if sheet.keep_results(leads):
            parts[path], found = sheet.xml, True
    if found:
        parts.leave(parts.workbook, ("calcChain",))  # it lists all formulas, and is made anew by whoever needs it


def put_in_front(parts: Parts, slip: bytes, title: str) -> None:
    """Put the slip before all other sheets and let it be the open one; in the place of an earlier one, if there is one."""
    sheets = paths(parts)
    earlier = next((name for name in sheets if name in SLIPS), "")
    if not (path := sheets.get(earlier, "")):
        path = parts.free_name("xl/worksheets/sheet{}.xml")
        _list_first(parts, path, title)
    parts[path] = slip
    parts.declare(path, SHEET_TYPE)
    parts.leave(path, [each.kind for each in parts.relations(path)])
    place, xml = next(n for n, each in enumerate(_sheets(parts)) if _is_slip(each)), parts[parts.workbook]
    shade, edits = shadow(xml), list[Edit]()
    edits += [
        (each.start, each.end, b"")
        for each in elements(shade, "definedName")
        if each.attributes.get("localSheetId") == str(place)
    ]
    for view in elements(shade, "workbookView"):
        edits.append(set_attribute(view, "activeTab", place))
        edits += filter(None, [without_attribute(view, "firstSheet")])
    edits += [edit for each in _sheets(parts) if _is_slip(each) and (edit := without_attribute(each, "state"))]
    parts.edit(parts.workbook, edits)
    _repeat_header(parts, place, earlier or title)


def _list_first(parts: Parts, path: str, title: str) -> None:
    """List a new part as the first sheet; names that belong to the others do so still."""
    identity = parts.relate(parts.workbook, "worksheet", path)
    sheets = _sheets(parts)
    number = 1 + max(int(each.attributes.get("sheetId", 0)) for each in sheets)
    namespace = STRICT if parts.is_strict else USUAL
    words = b'sheet xmlns:r="%b" name=%b sheetId="%d" r:id=%b' % (
        namespace.encode(), quoted(title), number, quoted(identity)
    )  # fmt: skip
    edits: list[Edit] = [(sheets[0].start, sheets[0].start, b"<%b%b/>" % (sheets[0].prefix, words))]
    for name in elements(shadow(parts[parts.workbook]), "definedName"):
        if (local := name.attributes.get("localSheetId")) is not None:
            edits.append(set_attribute(name, "localSheetId", int(local) + 1))
    parts.edit(parts.workbook, edits)


def _repeat_header(parts: Parts, place: int, title: str) -> None:
    """Let the header of the slip stand on each printed page."""
    shade = shadow(parts[parts.workbook])
    names, prefix = first(shade, "definedNames"), _sheets(parts)[0].prefix
    says = text(f"{quote_sheetname(title)}!${HEADER + 1}:${HEADER + 1}")
    words = b'<%bdefinedName name="_xlnm.Print_Titles" localSheetId="%d">%b</%bdefinedName>' % (
        prefix, place, says, prefix
    )  # fmt: skip
    if names is not None:
        parts.edit(parts.workbook, [put_inside(names, words)])
        return
    before = next(each for name in BEFORE_NAMES if (each := first(shade, name)))
    words = b"<%bdefinedNames>%b</%bdefinedNames>" % (prefix, words, prefix)
    parts.edit(parts.workbook, [(before.end, before.end, words)])


def _is_slip(sheet: Element) -> bool:
    return sheet.attributes.get("name") in SLIPS


def _sheets(parts: Parts) -> list[Element]:
    shade = shadow(parts[parts.workbook])
    listed = first(shade, "sheets")
    found = list(elements(shade, "sheet", listed.inner, listed.close)) if listed else []
    if not found:
        raise UneditableError("no list of sheets")
    return found
