//go:build tools

// The programs that are built from this module.
package tools

import (
	_ "github.com/containers/podman/v4/cmd/podman"
	_ "github.com/containers/podman/v4/cmd/quadlet"
)
