#!/bin/sh
# 由 huizong schedule 写出，再次运行它时重写。
# 双击：运行一次夜间处理，打开校验报告；有问题时窗口留着。
cd -- "$(dirname -- "$0")" || exit 1
export PYTHONUTF8=1
program=@PROGRAM@
[ -x "$program" ] || program=$PWD/.venv/bin/huizong
[ -x "$program" ] || program=huizong
"$program" nightly --open
code=$?
if [ "$code" -ne 0 ] && [ -t 0 ]; then
    printf '退出码 %s。按回车键关闭窗口。' "$code"
    read -r _
fi
exit "$code"
