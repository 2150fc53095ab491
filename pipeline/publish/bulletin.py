"""The drafts for the leading group, bulletin and brief, made out of Word templates that the office may edit."""

from __future__ import annotations

import io
import re
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.errors import CampaignError
from pipeline.model import Night
from pipeline.publish.account import account
from pipeline.publish.letterhead import TEMPLATES
from pipeline.publish.official import paragraphs, save

LONGEST_QUOTE = 40
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_BRACE = re.compile(r"[{}｛｝]")


class DraftTemplateError(CampaignError):
    """A Word template cannot be filled in; the text names it and what to change."""


def write_bulletin(night: Night, path: Path) -> None:
    """Write the draft of the inspection bulletin. Raises DraftTemplateError if its template cannot be filled in."""
    _write(night, "bulletin.docx", "督查通报（草稿）", path)


def write_brief(night: Night, path: Path) -> None:
    """Write the draft of the progress brief. Raises DraftTemplateError if its template cannot be filled in."""
    _write(night, "brief.docx", "工作简报（草稿）", path)


def _write(night: Night, name: str, title: str, path: Path) -> None:
    settings = night.campaign.settings
    template = _template(night, name)
    _check_braces(template.docx, name)
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        template.render(account(night), jinja_env=environment)
    except TemplateError as mistake:
        raise DraftTemplateError(f"模板 schemas/{name} {_said(mistake)}。请用 Word 或 WPS 改正后再运行。") from mistake
    save(template.docx, path, title=f"{night.period.title}{title}", author=settings.office, day=night.as_of)


def _template(night: Night, name: str) -> DocxTemplate:
    """Open the campaign's template; a campaign without one gets a fresh one."""
    own = night.campaign.root / "schemas" / name
    if not own.exists():
        return _opened(TEMPLATES[name](night.campaign.settings))
    try:
        return _opened(docx.Document(str(own)))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as mistake:
        raise DraftTemplateError(
            f"模板 schemas/{name} 不是 Word 文档或者已损坏。请用 Word 或 WPS 打开后另存为 .docx 文档。"
        ) from mistake


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
        if _BRACE.search(_TAG.sub("", paragraph)):
            raise DraftTemplateError(
                f"模板 schemas/{name} 的“{paragraph[:LONGEST_QUOTE]}”一段有多余的、全角的或者不成对的花括号。"
                "标记请用半角的 {{ }} 或 {% %} 写在同一段内。"
            )


def _said(mistake: TemplateError) -> str:
    message = mistake.message or ""
    if isinstance(mistake, UndefinedError):
        named = re.findall("'([^']*)'", message)
        return f"中的“{named[-1]}”没有对应的数值"
    if isinstance(mistake, TemplateSyntaxError):
        around = list(getattr(mistake, "docx_context", ()))[min(3, mistake.lineno - 1) :]
        return f"的标记写法有误（{message}），在“{''.join(around[:1]).strip()[:LONGEST_QUOTE]}”一段附近"
    return f"中的标记不能使用（{message}）"
