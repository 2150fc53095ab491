#!/bin/sh
# 不用联网，在这个文件夹中安装 huizong（Linux、macOS）。
cd -- "$(dirname -- "$0")" || exit 1
python=${PYTHON:-}
for version in @PYTHONS@; do
    [ -n "$python" ] || ! command -v "python$version" >/dev/null || python=python$version
done
if [ -z "$python" ]; then
    echo "没有找到 Python（@PYTHONS@ 之一）。请先安装，再运行本文件。" >&2
    exit 1
fi
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
unset PIP_FIND_LINKS PIP_CONSTRAINT PIP_REQUIREMENT PIP_INDEX_URL PIP_EXTRA_INDEX_URL
rm -rf .venv
if ! "$python" -m venv .venv; then
    echo "没能建立 .venv。Debian、Ubuntu 请先安装 python3-venv；磁盘已满的请清理出空间。" >&2
    exit 1
fi
if ! .venv/bin/python -m pip install --quiet --no-index --find-links wheels huizong; then
    echo "没有装成：这台电脑的系统或 Python 版本不在安装包之内，见“读我.txt”。" >&2
    exit 1
fi
.venv/bin/huizong --version && echo "已经装好。命令是：$PWD/.venv/bin/huizong"
