"""What the operator has to put right. Everything else that goes wrong is a bug and gets a traceback."""


class HuizongError(Exception):
    """Something only the operator can put right; the text is one Chinese sentence that says what to do."""

    exit_code = 1


class CampaignError(HuizongError):
    """The campaign folder is wrong; the text names the file and what to change."""

    exit_code = 3
