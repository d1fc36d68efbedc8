package main

import (
	"cmp"
	"errors"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/share"
	"github.com/sshblog/sshblog/internal/sshd"
)

// sharesOf returns the shares of a server, or nil if it has no authors.
func sharesOf(s settings) *share.Shares {
	if s.Authors == "" {
		return nil
	}
	return share.In(s.State)
}

// sharing is what authors share from one session, in which the host has the name by which they know it.
type sharing struct {
	shares *share.Shares
	host   string
}

// sharingOf returns what a session may do with shares, or nil if the server keeps none.
func (a *sessions) sharingOf(s ssh.Session) command.Shares {
	if a.shares == nil {
		return nil
	}
	return sharing{a.shares, cmp.Or(a.host, s.LocalAddr().String())}
}

// Share implements [command.Shares].
func (s sharing) Share(address string, life time.Duration) (string, time.Time, error) {
	name, until, err := s.shares.Create(address, life)
	if err != nil {
		return "", until, err
	}
	host, port := hostAndPort(s.host)
	return sshTo("ssh", name+"@"+host, port), until, nil
}

// sharingInLines returns how an author shares a draft in a conversation, or nil for others. Whether it
// is one is asked again for each draft: a reload may have taken the rights of the key.
func (a *sessions) sharingInLines(s sshd.Session) func(address string) (command, about string, err error) {
	if a.shares == nil || a.author(s) == "" {
		return nil
	}
	const life = 48 * time.Hour
	return func(address string) (command, about string, err error) {
		if a.author(s) == "" {
			return "", "", errors.New("your key is no author's any more")
		}
		command, until, err := a.sharingOf(s).Share(address, life)
		return command, "Whoever has this address reads the draft until " + until.Format("January 2, 2006 15:04 MST") + ".", err
	}
}

// Shared implements [command.Shares].
func (s sharing) Shared() (addresses []string, until []time.Time, err error) {
	all, err := s.shares.List()
	for _, one := range all {
		addresses, until = append(addresses, one.Address), append(until, one.Until)
	}
	return addresses, until, err
}

// Unshare implements [command.Shares].
func (s sharing) Unshare(what string) (int, error) { return s.shares.Revoke(what) }
