#!/bin/sh
# Ends with 1 when a folder's disk has less room than another folder needs.
# Usage: check-space.sh <what is to be copied> <where to>
set -eu

needed=$(du -sk "$1" | cut -f1)
free=$(df -Pk "$2" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$needed" ]; then
  echo "check-space.sh: $2 has $free KB free, and $needed KB are needed" >&2
  exit 1
fi
