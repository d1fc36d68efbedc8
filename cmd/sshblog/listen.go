package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/sshblog/sshblog/internal/sshd"
)

// listen opens the listener of a setting. Its error says how to fix it.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := sshd.Listen(ctx, address)
	if err != nil {
		return nil, listenError(setting, address, err)
	}
	return l, nil
}

// listenError adds advice to the error for an address that cannot be listened at.
func listenError(setting, address string, err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		err = failed.Err // the address that was tried, perhaps with another port
	}
	err = fmt.Errorf("setting %s: listen at %s: %w", setting, address, err)
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: stop the program that has it (ss -ltnp names it), or set another address", err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: set a port above 1023, or allow low ones as deploy/README.md says", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: this machine has no such address, set one that it has", err)
	case unknown:
		return fmt.Errorf("%w: set an address of this machine, or leave the name out for all", err)
	}
	return err
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

// maxListen is the largest number of addresses to serve at.
const maxListen = 16

func listenAddresses(text string) ([]string, error) {
	addresses, err := list(listenAddress)(text)
	switch {
	case err != nil:
		return nil, err
	case len(addresses) == 0:
		_, err = listenAddress("")
		return nil, err
	case len(addresses) > maxListen:
		return nil, fmt.Errorf("want %d addresses at most", maxListen)
	}
	return addresses, nil
}

func listenAddress(text string) (string, error) {
	return tcpAddress(text, ":2222 or 127.0.0.1:2222", "2222")
}

// tcpAddress reads an address to listen at. The examples are for its errors.
func tcpAddress(text, example, examplePort string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", errors.New("want host:port or :port, as in " + example)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("the port must be a number from 0 to 65535, as in %s", net.JoinHostPort(host, examplePort))
	} else if strconv.FormatUint(n, 10) != port {
		return "", errors.New("the port must be written without leading zeros")
	}
	return text, nil
}

// samePlace reports whether only one of two addresses can be listened at.
func samePlace(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || everywhere(hostA) || everywhere(hostB)
}

// everywhere reports whether a host stands for all addresses of this machine.
func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}
