@echo off
rem Installs huizong in this folder, without the internet.
chcp 65001 >nul
setlocal
pushd "%~dp0" || (pause & exit /b 1)
set "PIP_CONFIG_FILE=nul"
set "PIP_DISABLE_PIP_VERSION_CHECK=1"
set "PIP_FIND_LINKS="
set "PIP_CONSTRAINT="
set "PIP_INDEX_URL="
set "PIP_EXTRA_INDEX_URL="
set "PY="
for %%V in (@PYTHONS@) do if not defined PY py -%%V -c "import sys; sys.exit(sys.maxsize < 2**32)" >nul 2>nul && set "PY=py -%%V"
if not defined PY goto nopython
if exist .venv rmdir /s /q .venv
%PY% -m venv .venv || goto failed
.venv\Scripts\python -m pip install --quiet --no-index --find-links wheels huizong || goto failed
.venv\Scripts\huizong --version || goto failed
echo 已经装好。命令是：%~dp0.venv\Scripts\huizong.exe
popd
pause
exit /b 0
:nopython
echo 没有找到 64 位的 Python（@PYTHONS@ 之一）。请先安装，再双击本文件。
popd
pause
exit /b 1
:failed
echo 没有装成。请看上面的话；系统或 Python 版本不在安装包之内的，见“读我.txt”。
popd
pause
exit /b 1
