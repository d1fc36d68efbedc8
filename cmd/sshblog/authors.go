package main

import (
	"fmt"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/authors"
	"github.com/sshblog/sshblog/internal/sshd"
)

// readAuthors reads the files of authors and of revoked keys; nil if there are none. Times in them
// that name no zone count in the system's, as for sshd.
func readAuthors(s settings) (*authors.Set, error) {
	if s.Authors == "" {
		return nil, nil
	}
	set, err := authors.Load(s.Authors, s.RevokedKeys, time.Local) //nolint:gosmopolitan // as TZ says
	if err != nil {
		return nil, fmt.Errorf("setting authors: %w", err)
	}
	return set, nil
}

// reloadAuthors reads them again, and reports whether they have changed. If a file cannot be used, all stay as
// they were. Open connections get the new rights as well, since author checks at each call.
func (p *program) reloadAuthors() (changed bool, err error) {
	before := p.authors.Load()
	if before == nil {
		return false, nil
	}
	set, err := readAuthors(p.settings)
	if err != nil {
		p.logger.Error("the authors cannot be read again, those from before stay", "error", err)
		return false, err
	}
	p.authors.Store(set)
	if set.Same(before) {
		return false, nil
	}
	keys, authorities, revoked := set.Count()
	p.logger.Info("authors reloaded", "keys", keys, "authorities", authorities, "revoked", revoked)
	return true, nil
}

// author returns the name of the author whose key a session's client has signed with, or "".
func (p *program) author(s sshd.Session) string {
	return p.authors.Load().Author(authors.Client{Key: s.PublicKey(), User: s.User(), Addr: s.RemoteAddr()}, time.Now())
}

// knownKey reports whether a security key may be an author's, who has to touch it.
func (p *program) knownKey(key ssh.PublicKey) bool { return p.authors.Load().Knows(key, time.Now()) }
