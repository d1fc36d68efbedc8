//go:build !unix

package earlysignals

import "os"

func upgrades() []os.Signal { return nil }
