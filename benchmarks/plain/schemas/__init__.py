"""季度报表: the benchmark's form. It promises the same as the plain script checks, so that both do the same work."""

from pipeline.declare import Form
from .problems import Problems
from .roster import Roster
from .summary import Summary
from .visits import Visits

FORM = Form(number="驻村表01", title="驻村工作队季度报表", version="1", sheets=(Summary, Roster, Visits, Problems))
