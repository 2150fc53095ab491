"""重点项目投资进度季报: plan and fulfilment by quarter, under headers of two rows."""

from pipeline.declare import Form
from .overview import Overview
from .projects import Projects

FORM = Form(
    number="投资02表",
    title="重点项目投资进度季报",
    version="2024",
    issued_by="省发展和改革委员会",
    sheets=(Overview, Projects),
    file_name="{name}.xlsx",
    blanks=("请选择",),
    other_tabs=("填报说明", "单位名单"),
)
