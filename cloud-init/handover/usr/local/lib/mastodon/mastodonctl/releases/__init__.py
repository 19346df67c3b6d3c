"""Whether Mastodon has a release that is newer than what serves, each hour. A security release raises an alert, others are reported once.

published  a release, and how GitHub's answer is read
github     asks GitHub: a limit on the time and the size, and no other host
record     what is kept between two looks
news       what is new for this server
commands   what `mastodonctl releases` does
"""
