# shellcheck shell=bash disable=SC2034,SC1083
# Who is notified of alerts, and how.
web_domain={{webDomain}}
smtp_host={{smtpHost}}
smtp_port={{smtpPort}}
smtp_scheme={{smtpScheme}}
smtp_authentication={{smtpAuthentication}}
smtp_user={{smtpUser}}
smtp_from={{smtpFrom}}
recipients=({{administratorEmails}})
webhook={{alertWebhook}}
ping_url={{alertPingUrl}}
