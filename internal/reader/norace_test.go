//go:build !race

package reader

const underRace = false
