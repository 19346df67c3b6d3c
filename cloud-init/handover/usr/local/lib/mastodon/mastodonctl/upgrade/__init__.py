"""Brings Mastodon to the release of /etc/mastodon/release without anybody noticing, or goes back by itself.

records   what an upgrade leaves on the disk, for the next run and for people
decisions what is refused, what a run begins with and what follows from each failure: pure functions
effects   what it reads, changes or waits for
attempt   its phases, and its report
steps     in which order things are done
look      whether each process does its work
machine   the real database, containers and units
commands  `mastodonctl upgrade`
"""
