"""Which release of Mastodon there is: wanted by the settings, serving on this machine, and the one that the database belongs to.

records  a release as text, and where it stands
serving  which release starts from now on, and whether it runs
"""
