package push

import (
	"io"
	"os"
	"path/filepath"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Spool is a file beside a transfer, which grows at its end and goes with the transfer. It has as many
// bytes as a transfer.
type Spool struct {
	f    *os.File
	p    *Publisher
	disk *ledger.Account
	size int64
}

// Spool makes one. Close it.
func (t *Transfer) Spool() (*Spool, error) {
	if !t.p.leavesRoom(0) {
		return nil, errNoRoom
	}
	f, err := os.OpenFile(filepath.Join(t.dir, "spool"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, reason(err)
	}
	return &Spool{f: f, p: t.p, disk: t.share.disk.Open(ledger.Limits{Bytes: t.p.config.Limits.Transfer})}, nil
}

// Write implements [io.Writer].
func (s *Spool) Write(b []byte) (int, error) {
	const look = 20 // at each MiB
	if n := int64(len(b)); (s.size+n)>>look != s.size>>look && !s.p.leavesRoom(n) {
		return 0, errNoRoom
	}
	if !s.disk.Take(int64(len(b))) {
		return 0, errFull
	}
	n, err := s.f.WriteAt(b, s.size)
	s.size += int64(n)
	return n, reason(err)
}

// Size is how many bytes it has.
func (s *Spool) Size() int64 { return s.size }

// Section reads a part of it.
func (s *Spool) Section(at, size int64) *io.SectionReader { return io.NewSectionReader(s.f, at, size) }

// Close gives back what it takes on the disk.
func (s *Spool) Close() {
	_ = s.f.Close()           // it is thrown away
	_ = os.Remove(s.f.Name()) // or goes with the transfer
	s.disk.Close()
}
