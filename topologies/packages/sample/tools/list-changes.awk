# Lists the settings of one .ini file that another sets differently.
# Usage: awk -f list-changes.awk config/defaults.ini config/policies.ini
/^[;#]/ || /^[[:space:]]*$/ { next }
/^\[/ { section = $0; next }
{
  split($0, pair, "=")
  key = section " " pair[1]
  if (FNR == NR) first[key] = pair[2]
  else if (key in first && first[key] != pair[2]) print key ": " first[key] " -> " pair[2]
}
