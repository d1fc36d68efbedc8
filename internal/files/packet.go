package files

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Types of packets (draft-ietf-secsh-filexfer-02 §3).
const (
	typeInit          = 1
	typeVersion       = 2
	typeOpen          = 3
	typeClose         = 4
	typeRead          = 5
	typeWrite         = 6
	typeLstat         = 7
	typeFstat         = 8
	typeSetstat       = 9
	typeFsetstat      = 10
	typeOpendir       = 11
	typeReaddir       = 12
	typeRemove        = 13
	typeMkdir         = 14
	typeRmdir         = 15
	typeRealpath      = 16
	typeStat          = 17
	typeRename        = 18
	typeReadlink      = 19
	typeSymlink       = 20
	typeStatus        = 101
	typeHandle        = 102
	typeData          = 103
	typeName          = 104
	typeAttrs         = 105
	typeExtended      = 200
	typeExtendedReply = 201
)

// Codes of a status (§7).
const (
	statusOK               = 0
	statusEOF              = 1
	statusNoSuchFile       = 2
	statusPermissionDenied = 3
	statusFailure          = 4
	statusBadMessage       = 5
	statusUnsupported      = 8
)

// Flags of an open (§6.3).
const (
	openRead      = 0x01
	openWrite     = 0x02
	openAppend    = 0x04
	openCreate    = 0x08
	openTruncate  = 0x10
	openExclusive = 0x20
	openAll       = 0x3f
)

// request reads the fields of a packet one after the other. Fields beyond its end are zero, and set short.
type request struct {
	left  []byte
	short bool
}

func (r *request) uint32() uint32 {
	if len(r.left) < 4 {
		r.left, r.short = nil, true
		return 0
	}
	n := binary.BigEndian.Uint32(r.left)
	r.left = r.left[4:]
	return n
}

func (r *request) uint64() uint64 {
	high := r.uint32()
	return uint64(high)<<32 | uint64(r.uint32())
}

func (r *request) string() string {
	n := r.uint32()
	if uint64(n) > uint64(len(r.left)) {
		r.left, r.short = nil, true
		return ""
	}
	s := string(r.left[:n])
	r.left = r.left[n:]
	return s
}

// data is a string that is not copied.
func (r *request) data() []byte {
	n := r.uint32()
	if uint64(n) > uint64(len(r.left)) {
		r.left, r.short = nil, true
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

// size reads attributes, and returns the size if they have one.
func (r *request) size() (size uint64, ok bool) {
	if r.uint32()&hasSize == 0 {
		return 0, false
	}
	return r.uint64(), !r.short
}

// begin begins an answer, in memory that finish sets the length of.
func begin(reply []byte, kind byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(append(reply[:0], 0, 0, 0, 0, kind), id)
}

// finish sets the length of an answer, behind which more bytes will be sent.
func finish(reply []byte, more int) []byte {
	binary.BigEndian.PutUint32(reply, uint32(len(reply)-4+more)) //nolint:gosec // an answer has 64 KiB at most
	return reply
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...) //nolint:gosec // as finish
}

// attributes are those of a file or folder that are sent.
type attributes struct {
	folder bool
	size   int64
	when   time.Time
}

// Flags for the attributes that are present (§5), and the kinds of files, as in st_mode of POSIX. Nobody may
// write here; but clients give copies these permissions, and a copied folder must be deletable.
const (
	hasSize, hasOwner, hasMode, hasTimes = 0x1, 0x2, 0x4, 0x8

	folderMode = 0o040755
	fileMode   = 0o100644
)

// seconds returns the time as the protocol has it, since 1970 and in 32 bits.
func (a attributes) seconds() uint32 {
	if a.when.IsZero() {
		return 0
	}
	return uint32(min(max(a.when.Unix(), 0), 1<<32-1))
}

func (a attributes) append(b []byte) []byte {
	mode := uint32(fileMode)
	if a.folder {
		mode = folderMode
	}
	b = binary.BigEndian.AppendUint32(b, hasSize|hasOwner|hasMode|hasTimes)
	b = binary.BigEndian.AppendUint64(b, uint64(a.size)) //nolint:gosec // it is a length
	// Owner and group are not disclosed; both times are that of the last change.
	for _, n := range [...]uint32{0, 0, mode, a.seconds(), a.seconds()} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// long returns a line of a listing, as "ls -l" has it: some clients show it as it is.
func (a attributes) long(name string) string {
	mode := "-rw-r--r--"
	if a.folder {
		mode = "drwxr-xr-x"
	}
	return fmt.Sprintf("%s    1 blog     blog     %8d %s %s", mode, a.size, time.Unix(int64(a.seconds()), 0).UTC().Format("Jan _2  2006"), name)
}
