"""What is looked at, and from when on it is not as it should be: by the watch every five minutes, and by `status` on request.

findings    a judgement, a figure, and how they are written
judgements  what is said of what was seen, about the machine and its services
storage     the same about the database, the backups and the buckets
jobs        the same about Sidekiq's jobs, which are text from Redis
machine     looks at this machine
looks       the table of checks: each looks and judges
commands    what `mastodonctl watch` and `mastodonctl status` do
"""
