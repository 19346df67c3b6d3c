# shellcheck shell=bash
# Units that this stack no longer has are stopped while their files are still there: without them systemd knows neither how to
# stop a unit nor which exit status is no failure.
gone_units() {
	comm -23 "$state/handover.files" <(find "$bundle/handover" -type f -printf '/%P\n' | sort) |
		sed -nE 's#^/etc/containers/systemd/(.+)\.container$#\1.service#p; s#^/etc/systemd/system/([^/]+\.(service|target|timer))$#\1#p' |
		sed 's/@\./@*./'
}
if [[ -d $bundle/handover && -f $state/handover.files ]]; then
	for unit in $(gone_units); do change "stop $unit, which this stack no longer has" stop_unit "$unit"; done
fi
