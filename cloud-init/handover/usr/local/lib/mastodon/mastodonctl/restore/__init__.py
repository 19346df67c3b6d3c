"""Takes the database back: to a moment, to the newest state, to a dump.

choice    which timeline and which backups lead to a moment: a pure function
records   what is on the disk and comes as arguments, parsed
archive   the timelines and the log in the bucket, parsed
dumps     the dumps in the stores, parsed
machine   what is done to this machine, one effect after the other
database  PostgreSQL alone: mastodonctl restore-database
summary   what a restore brings back and loses, before it begins
server    all that is around it: mastodonctl restore
inherit   a new machine continues from what the previous one left
commands  the subcommands
"""
