//go:build linux && race

package attack

const raceEnabled = true
