# An administrator's shell that waits at its prompt for an hour ends. Not exported: to bash, it limits `read` in scripts, too.
readonly TMOUT=3600
