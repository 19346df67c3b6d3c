"""The lease in the backup bucket: which of a stack's machines may write.

records  what is in the bucket and on the disk, parsed and signed
actions  what a machine can see and do, and how long it waits
taking   how a machine comes by the lease: a pure function
holding  how it keeps the lease: a pure function
loops    in which order it looks, writes and waits
machine  the real bucket, disk and systemd
commands what `mastodonctl lease` offers
"""
