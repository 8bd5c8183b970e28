#!/bin/sh
# Removes what setup.sh put in place. The overrides of this computer stay.
# Usage: uninstall.sh [--target <folder>]
set -eu

target=${OFFICE_HOME:-"$HOME/office"}
[ "${1:-}" = "--target" ] && target=$2

if [ ! -f "$target/version.txt" ]; then
  echo "uninstall.sh: there is no office update in $target" >&2
  exit 1
fi
rm -rf "$target/help" "$target/templates" "$target/dictionaries"
rm -f "$target"/config/*.ini "$target"/config/*.csv "$target/version.txt"
echo "removed; $target/config/local.overrides is kept"
