package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"github.com/sshblog/sshblog/internal/sshd"
)

// listen opens the listener of a setting. Its error says how to mend it.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := sshd.Listen(ctx, address)
	if err == nil {
		return l, nil
	}
	err = fmt.Errorf("setting %s: %w", setting, err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w: stop the program that has it (ss -ltnp names it), or set another address", err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%w: set a port above 1023, or allow low ones as deploy/README.md says", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%w: this machine has no such address, set one that it has", err)
	}
	return nil, err
}

// folderError says what to do about a posts folder that cannot be read.
func folderError(dir string, err error) error {
	info, statErr := os.Stat(dir)
	switch {
	case statErr == nil && !info.IsDir():
		return fmt.Errorf("setting posts: %w: set the folder that it lies in", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("setting posts: %w: make the folder, or set the one that has the posts", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("setting posts: %w: let this user read it (chmod -R a+rX)", err)
	}
	return fmt.Errorf("setting posts: %w", err)
}
