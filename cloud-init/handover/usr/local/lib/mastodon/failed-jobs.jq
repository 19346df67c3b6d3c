# Jobs that failed within a day and that Sidekiq will try again, as they are in Redis: one JSON text on each line. Tells, a line
# each: how many of them are mail, a fact and a problem about mail, and the same two about all others. No problem is an empty
# line. A day, as Sidekiq waits that long between two attempts: within an hour a failure would seem to be over.
def seconds: if . > 100000000000 then . / 1000 else . end; # newer versions count milliseconds
def line: tostring | gsub("[[:cntrl:][:space:]]+"; " ") | .[:300];
def newest: max_by(.at).error;

# What a relay says of one address, too. All others mean that nobody's mail goes out.
["Net::SMTPFatalError", "Net::SMTPSyntaxError", "Net::SMTPServerBusy"] as $of_one_address
# These wait for other servers, of which some are always away.
| ["push", "pull", "ingress", "fasp"] as $elsewhere
| [inputs | fromjson? | objects
	| {queue, error_class, class: (.wrapped // .class | line), error: ("\(.error_class): \(.error_message)" | line),
		at: (.retried_at // .failed_at | numbers | seconds)}
	| select($now - .at < 86400)]
| (map(select(.queue == "mailers"))) as $mails
| ($mails | map(select(.error_class as $class | $of_one_address | index($class) | not)) | length) as $certain
| (map(select(.queue as $queue | $elsewhere + ["mailers"] | index($queue) | not)) | group_by(.class) | max_by(length) // []) as $most
| ($mails | length),
	"messages that wait to be sent again: \($mails | length)",
	(if $certain > 0 or ($mails | length) >= 3 then
		"Mastodon can't send its mail; messages that wait: \($mails | length). The last answer was: \($mails | newest). See the settings smtp; make doctor sends one. Then they go out from https://\($server)/sidekiq, Retries, or by themselves"
	else "" end),
	"jobs of one kind that wait to be tried again: at most \($most | length)",
	(if ($most | length) > 50 then
		"\($most | length) jobs of \($most[0].class) failed within a day; expected at most 50. The last error was: \($most | newest). journalctl -u 'mastodon-sidekiq*'"
	else "" end)
