"""A draft for the leading group, made out of a Word template that the office may edit.

Runs in a process of its own, with limits: a template is a program, if a small one. Imports nothing of the night's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import LxmlError

from pipeline.publish.word.docx_parts import paragraphs, save
from pipeline.publish.word.draft import Draft, DraftTemplateError, too_much
from pipeline.publish.word.quoting import LONGEST_QUOTE, TAG, failing, naming, quoted, unpaired

__all__ = ["DraftTemplateError", "render"]

_BRACE = re.compile(r"[{}｛｝]")
_OF_DRAFTS = re.compile("草　稿|未经签发|印发时撤去|〕×号|第 × 期")
_CALCULATING = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, LxmlError, AssertionError)


def render(draft: Draft) -> bytes:
    """Fill in a template and give the document. Raises DraftTemplateError if that cannot be done."""
    name = draft.name
    try:
        template = _opened(docx.Document(io.BytesIO(draft.template)))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, LxmlError) as mistake:
        raise DraftTemplateError(
            f"模板 schemas/{name} 不是 Word 文档或者已损坏。请用 Word 或 WPS 打开后另存为 .docx 文档。"
        ) from mistake
    _check_braces(template.docx, name)
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    texts = list(paragraphs(template.docx))

    def where(mistake: Exception) -> str:
        caught = (TemplateError, *_CALCULATING)
        return failing(texts, lambda text: environment.from_string(text).render(dict(draft.values)), mistake, caught)

    try:
        template.render(dict(draft.values), jinja_env=environment)
    except TemplateError as mistake:
        says = _said(mistake, texts, where)
        raise DraftTemplateError(f"模板 schemas/{name} {says}。请用 Word 或 WPS 改正后再运行。") from mistake
    except (RecursionError, MemoryError, OverflowError) as mistake:
        raise DraftTemplateError(too_much(draft)) from mistake
    except _CALCULATING as mistake:  # what a tag itself does: the values are plain, and nothing else runs here
        raise DraftTemplateError(
            f"模板 schemas/{name} {where(mistake)}中有标记算不出来（{_reason(mistake)}）。请用 Word 或 WPS 改正后再运行。"
        ) from mistake
    if draft.is_final:
        _check_final(template.docx, name)
    document = io.BytesIO()
    save(template.docx, document, title=draft.title, author=draft.author, day=draft.day)
    return document.getvalue()


def _opened(document: Document) -> DocxTemplate:
    stream = io.BytesIO()
    document.save(stream)
    template = DocxTemplate(stream)
    template.init_docx()
    return template


def _check_braces(document: Document, name: str) -> None:
    """Refuse braces that would stay in the draft in silence: of full width, single, or torn apart by a line break.

    It looks at the template, where every tag is about to vanish; in the draft, teams' own texts may hold braces.
    """
    for paragraph in paragraphs(document):
        if _BRACE.search(TAG.sub("", paragraph)):
            raise DraftTemplateError(
                f"模板 schemas/{name} 的{quoted(paragraph, _BRACE.search(paragraph))}有多余的、全角的或者不成对的花括号。"
                "标记请用半角的 {{ }} 或 {% %} 写在同一段内。"
            )


def _check_final(document: Document, name: str) -> None:
    """Refuse a bulletin that still says that it is a draft, or has no number: its template does not know of issuing."""
    for paragraph in paragraphs(document):
        if found := _OF_DRAFTS.search(paragraph):
            raise DraftTemplateError(
                f"模板 schemas/{name} 的{quoted(paragraph, found)}只该出现在草稿上，印发稿中不能有。"
                "请用 Word 或 WPS 在它前后各加一段 {%p if 草稿 %}、{%p endif %}，期号处写 {{ 文号 }} 或 {{ 期号 }}。"
            )


def _reason(mistake: Exception) -> str:
    return "除数是 0" if isinstance(mistake, ZeroDivisionError) else str(mistake)[:LONGEST_QUOTE]


def _said(mistake: TemplateError, texts: Sequence[str], where: Callable[[Exception], str]) -> str:
    message = mistake.message or ""
    if isinstance(mistake, UndefinedError):
        named = re.findall("'([^']*)'", message)
        place = naming(texts, named[-1])
        return f"{place}中的“{named[-1]}”没有对应的数值"
    if isinstance(mistake, TemplateSyntaxError):
        if says := unpaired(texts):
            return f"的标记写法有误：{says}"
        around = list(getattr(mistake, "docx_context", ()))[min(3, mistake.lineno - 1) :]
        return f"的标记写法有误，在“{''.join(around[:1]).strip()[:LONGEST_QUOTE]}”一段附近"
    return f"{where(mistake)}中的标记不能使用：标记只能取用数值，不能运行程序"
