"""mastodonctl: what root does on this machine in Python. One module for each subcommand, and what they share."""
