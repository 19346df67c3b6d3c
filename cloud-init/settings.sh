# shellcheck shell=bash disable=SC2034,SC1083
# The stack's settings that the steps need; the bundle quotes every value for the shell.
domain={{domain}}
web_domain={{webDomain}}
media_domain={{mediaDomain}}
apex={{apex}}
web_image={{webImage}}
streaming_image={{streamingImage}}
acme_directory={{acme.directory}}
acme_contact={{acme.contact}}
administrators=({{administratorNames}})
