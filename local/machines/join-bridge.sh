#!/bin/sh
# join-bridge.sh INTERFACE: QEMU runs it for the interface that it made.
ip link set "$1" master "$BRIDGE" up
