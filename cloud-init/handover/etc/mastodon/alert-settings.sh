# shellcheck shell=bash disable=SC2034,SC1083
# Who is notified of alerts, and how.
web_domain={{webDomain}}
smtp_host={{smtp.host}}
smtp_port={{smtp.port}}
smtp_scheme={{smtpScheme}}
smtp_authentication={{smtp.authentication}}
smtp_user={{smtp.user}}
smtp_from={{smtp.from}}
recipients=({{administratorEmails}})
webhook={{alerts.webhook}}
ping_url={{alerts.pingUrl}}
