"""Workbooks with a password: opened with one of those the office was told of, or refused."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO
from xml.parsers.expat import ExpatError

from pipeline.rawbook import Refused

# What Excel tries unasked: files that are protected against changes only are locked with it.
_SHIPPED = "VelvetSweatshop"
# What msoffcrypto lets out when the container is damaged.
_MALFORMED = (
    AssertionError, AttributeError, ExpatError, IndexError, KeyError, OSError, TypeError, ValueError, struct.error,
)  # fmt: skip


def unlock(content: bytes, passwords: Sequence[str]) -> bytes:
    """Decrypt a workbook with the first password that fits. Raises Refused: F04 if none does, F03 if it is damaged."""
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, ParseError

    for password in (_SHIPPED, *passwords):
        try:
            return _decrypted(content, password)
        except DecryptionError:  # a wrong password, or a method that nobody here can open
            continue
        except (FileFormatError, ParseError, *_MALFORMED) as error:
            raise Refused("F03", "加密部分有误") from error
    raise Refused("F04")


def _decrypted(content: bytes, password: str) -> bytes:
    import msoffcrypto

    opened = BytesIO()
    book = msoffcrypto.OfficeFile(BytesIO(content))
    book.load_key(password=password)
    book.decrypt(opened)
    return opened.getvalue()
