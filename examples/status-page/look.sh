#!/usr/bin/env bash
# Looks at a server once, and writes the page: look.sh https://example.social /var/www/status
set -euo pipefail
url=$1 folder=$2

if curl --silent --fail --max-time 20 --output /dev/null "$url/health"; then now=answers; else now='does not answer'; fi
echo "$(date --utc +%FT%RZ) $now" >>"$folder/looks.txt"
# A day of looks.
tail -n 1440 "$folder/looks.txt" >"$folder/looks.new"
mv "$folder/looks.new" "$folder/looks.txt"

looks=$(wc -l <"$folder/looks.txt")
good=$(grep -c ' answers$' "$folder/looks.txt" || true)
cat >"$folder/index.new" <<END
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="60">
<title>$url $now</title>
<h1><a href="$url">$url</a> $now.</h1>
<p>It answered $good of $looks times in the last day, last asked at $(date --utc '+%F %R') UTC. <a href="looks.txt">All of them</a></p>
</html>
END
mv "$folder/index.new" "$folder/index.html"
