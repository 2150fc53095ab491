"""What the operator has to put right. Everything else that goes wrong is a bug and gets a traceback."""

from __future__ import annotations


class HuizongError(Exception):
    """Something only the operator can put right; the text is one Chinese sentence that says what to do."""

    exit_code = 1


class CampaignError(HuizongError):
    """The campaign folder is wrong; the text names the file and what to change."""

    exit_code = 3

    @classmethod
    def at(cls, file: str, line: int, says: str) -> CampaignError:
        """Say what is wrong in a file of schemas/, at a line from 1; 0: the file as a whole."""
        return cls(f"schemas/{file}" + (f" 第 {line} 行" if line else "") + f"：{says}")
