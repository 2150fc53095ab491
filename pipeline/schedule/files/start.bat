@echo off
rem Written by "huizong schedule", and written anew when that is run again.
rem Runs a night, opens its report, and stays open where something is wrong.
chcp 65001 >nul
setlocal
pushd "%~dp0" || (pause & exit /b 1)
set "PYTHONUTF8=1"
set "HUIZONG=@PROGRAM@"
if not exist "%HUIZONG%" set "HUIZONG=%~dp0.venv\Scripts\huizong.exe"
if not exist "%HUIZONG%" set "HUIZONG=huizong"
"%HUIZONG%" nightly --open
set "CODE=%ERRORLEVEL%"
popd
if not "%CODE%"=="0" pause
exit /b %CODE%
