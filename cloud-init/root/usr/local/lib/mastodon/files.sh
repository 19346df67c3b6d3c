# shellcheck shell=bash
# Files that are whole or not there at all, also when the power fails; for scripts to source. A file system may keep a new name and lose
# what was written under it: so that goes to the disk first, then the name, then the folder. Paths are absolute.

# into_place NEW PATH: the file or folder NEW becomes PATH, on the same disk.
into_place() {
	if [[ -d $1 ]]; then sync --file-system "$1"; else sync "$1"; fi
	mv "$1" "$2"
	sync "${2%/*}"
}

# put PATH [MODE [OWNER GROUP]]: standard input becomes PATH. Patterns such as * don't meet the unfinished file.
put() {
	local new
	new=${1%/*}/.${1##*/}.new
	install --mode="${2:-644}" ${3:+"--owner=$3" "--group=$4"} /dev/stdin "$new"
	into_place "$new" "$1"
}

# drop PATH…: they are gone, and don't come back with the power.
drop() {
	rm -f -- "$@"
	sync "${@%/*}"
}
