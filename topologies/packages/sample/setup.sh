#!/bin/sh
# Installs the office update: settings, help, templates and dictionaries.
# Usage: setup.sh [--target <folder>] [--language <code>]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${OFFICE_HOME:-"$HOME/office"}
language=en

while [ $# -gt 0 ]; do
  case $1 in
    --target) target=$2; shift 2 ;;
    --language) language=$2; shift 2 ;;
    --help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
    *) echo "setup.sh: unknown option $1 (known: --target, --language, --help)" >&2; exit 2 ;;
  esac
done

if [ ! -d "$here/help/$language" ]; then
  echo "setup.sh: there is no help in \"$language\" (there is: $(ls "$here/help" | grep -v '\.' | tr '\n' ' '))" >&2
  exit 2
fi

"$here/tools/check-space.sh" "$here" "$(dirname "$target")"

mkdir -p "$target/config" "$target/help" "$target/templates" "$target/dictionaries"
cp "$here"/config/*.ini "$here"/config/*.csv "$target/config/"
# What was changed on this computer stays: the overrides are only made, never replaced.
[ -e "$target/config/local.overrides" ] || cp "$here/config/local.overrides" "$target/config/"
cp "$here/help/style.css" "$target/help/"
cp -R "$here/help/$language" "$target/help/"
cp "$here"/templates/* "$target/templates/"
cp "$here"/dictionaries/* "$target/dictionaries/"
echo "11.0.3" > "$target/version.txt"
echo "office update 11.0.3 is in $target"
