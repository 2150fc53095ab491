"""作风建设主题活动报表：the shipped campaign. Purely declarative: what a correct return is, and nothing about how it is read."""

from pipeline.declare import Form
from .activities import Activities
from .cover import Cover
from .discipline import Discipline
from .explanations import Explanations
from .funds import Funds
from .problems import Problems
from .roster import Roster
from .summary import Summary
from .visits import Visits
from .work import Work

FORM = Form(
    number="作风表01",
    title="“排忧解难促发展，集中力量抓落实”主题活动情况报表",
    version="1",
    sheets=(Cover, Summary, Roster, Work, Problems, Visits, Activities, Funds, Discipline, Explanations),
    file_name="{code}_{name}.xlsx",
)
