#!/bin/bash
# Makes a gigabyte of logs, or as many megabytes as are given, scans it and prints peak memory and speed beside
# `grep -c` over the same file in the same run. Only the ratio counts; absolute figures are of one machine.
set -euo pipefail

megabytes=${1:-1000}
golive=${GOLIVE:-target/release/golive}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awk -v bytes=$((megabytes * 1000000)) 'BEGIN {
  while (made < bytes) {
    n++
    line = sprintf("2026-11-21T09:%02d:%02d.%06dZ INFO pay[%d] id=ord_%012d amount=%d trace=%08x-4abc-8def-%012d ts=17321865%05d ok",
      n / 60 % 60, n % 60, n % 1000000, n % 32768, n, n % 100000, n, n * 7, n % 100000)
    print line
    made += length(line) + 1
  }
  print "card 4242 4242 4242 4242"
}' > "$folder/pay.log"
cat "$folder/pay.log" > /dev/null

# Prints seconds and peak kilobytes of a command; its exit code does not matter.
measured() {
  python3 - "$@" <<'PY'
import os, subprocess, sys, time
begun = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, _, used = os.wait4(child.pid, 0)
print(f"{time.monotonic() - begun:.3f} {used.ru_maxrss}")
PY
}

size=$(stat -c %s "$folder/pay.log")
report() {
  local name=$1 seconds kilobytes
  shift
  read -r seconds kilobytes < <(measured "$@")
  awk -v n="$name" -v s="$seconds" -v k="$kilobytes" -v b="$size" \
    'BEGIN { printf "%-24s %6.2f s  %6.0f MB/s  peak %5.1f MB\n", n, s, b / s / 1e6, k / 1024 }'
}

echo "$size bytes of logs"
report "grep -c" grep -c 4242424242424242 "$folder/pay.log"
report "golive scan" "$golive" scan "$folder/pay.log"
report "grep -c" grep -c 4242424242424242 "$folder/pay.log"
report "golive scan" "$golive" scan "$folder/pay.log"
