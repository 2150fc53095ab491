"""基层服务站调查问卷: one page, questions above their answers and two tables below."""

from pipeline.declare import Form
from .page import Answers, Devices, Staff

FORM = Form(
    number="服务站问卷",
    title="基层服务站调查问卷",
    version="1",
    issued_by="省政务服务管理局",
    sheets=(Answers, Staff, Devices),
    file_name="{name}.xlsx",
    blanks=("请选择",),
)
