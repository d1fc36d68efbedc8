//go:build !linux

package sshd

func mountedReadOnly(string) bool { return false }
