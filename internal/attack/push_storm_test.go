//go:build linux

package attack

import (
	"bytes"
	"compress/zlib"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// An author's key in the wrong hands, at 64 connections: packs whose objects inflate to 16 MB from 16 KB,
// deltas that make as much of a few bytes, trees of 100,000 files, pushes that stop in the middle, and
// clones that nobody reads. git unpacks what it is sent, and keeps it until the end.
//
// Here a pack is inflated into a file that all transfers share the size of, an object at a time and not
// beyond what it says; memory has buffers, which are taken from what the source may have.
func TestPushStorm(t *testing.T) {
	wanted(t)
	needDocker(t)
	key, spec := pushBox(t)
	p := spec.start(t, 1)
	packs := evilPacks()
	p.besieged(t, 1+8, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var clients []*ssh.Client
			s.fullNumber(from, func(source string) error {
				client, err := s.p.login(s.tcp(source), key)
				if err == nil {
					mu.Lock()
					clients = append(clients, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			var pushing sync.WaitGroup
			answers := make(chan string, 1<<16)
			for i, client := range clients {
				pushing.Go(func() {
					for n := i; time.Since(since) < lasts(); n++ {
						answers <- pushes(client, packs, n, since.Add(lasts()))
					}
				})
			}
			pushing.Wait()
			close(answers)
			told := make(map[string]int)
			for a := range answers {
				told[a]++
			}
			s.Logf("they were told: %v", told)
			// One that is alone is refused at 64 MiB; together they meet what their source may stage before that.
			if told["more than 64 MiB"]+told["too much is being published at once"] == 0 && !s.p.dead() {
				s.Error("no bomb was refused")
			}
			return since
		})
		if refused := s.p.lines("msg=published"); len(refused) > 0 {
			s.Errorf("something is published: %s", refused[0])
		}
	})
}

// pushBox returns an author's key, and a container whose blog he may publish to.
func pushBox(t *testing.T) (ssh.Signer, boxSpec) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const program = 65532 // its user
	blog, state := filepath.Join(dir, "blog"), filepath.Join(dir, "state")
	posts := twentyPosts()
	err = writePosts(blog, posts)
	err = errors.Join(err, os.MkdirAll(state, 0o755), os.Chown(state, program, program), os.Chown(blog, program, program))
	for name := range posts {
		err = errors.Join(err, os.Chown(filepath.Join(blog, name), program, program))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "authors"), ssh.MarshalAuthorizedKey(line), 0o644); err != nil {
		t.Fatal(err)
	}
	var volumes []string
	for _, name := range []string{"blog:/blog", "state:/state", "authors:/authors:ro"} {
		volumes = append(volumes, "--volume", filepath.Join(dir, name))
	}
	return key, boxSpec{options: volumes, settings: []string{
		"--posts", "/blog", "--state", "/state", "--authors", "/authors", "--session-rate", "100000", "--session-burst", "100000",
	}}
}

// evilPacks are packs that are refused, and one that is a tree of 100,000 files for the commit that it
// is made of.
func evilPacks() []func(head string) (commit string, pack []byte) {
	const (
		commitKind = 1
		treeKind   = 2
		blobKind   = 3
		deltaKind  = 7
		most       = 16 << 20
	)
	zeros := strings.Repeat("\x00", most)
	bombs := slices.Repeat([][]byte{packed(blobKind, "", zeros)}, 5)
	base := zeros[:0x10000]
	sum := hashOf("blob", base)
	sizes := string(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(base))), most))
	deltas := append([][]byte{packed(blobKind, "", base)}, slices.Repeat([][]byte{packed(deltaKind, sum, sizes+strings.Repeat("\x80", most/len(base)))}, 5)...)
	file := hashOf("blob", "text")
	var tree strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&tree, "100644 a%06d.md\x00%s", i, file)
	}
	commitOf := func(head string) string {
		return fmt.Sprintf("tree %x\nparent %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n", hashOf("tree", tree.String()), head)
	}
	flat := [][]byte{packed(blobKind, "", "text"), packed(treeKind, "", tree.String())}
	none := strings.Repeat("12", sha1.Size)
	return []func(string) (string, []byte){
		func(string) (string, []byte) { return none, sealed(bombs) },
		func(string) (string, []byte) { return none, sealed(deltas) },
		func(head string) (string, []byte) {
			commit := commitOf(head)
			return fmt.Sprintf("%x", hashOf("commit", commit)), sealed(append(slices.Clip(flat), packed(commitKind, "", commit)))
		},
	}
}

func hashOf(kind, text string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kind, len(text), text))
	return string(sum[:])
}

// packed is an object as a pack has it.
func packed(kind int, base, text string) []byte {
	size := len(text)
	head := []byte{byte(kind<<4 | size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	b := bytes.NewBuffer(append(head, base...))
	w := zlib.NewWriter(b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func sealed(objects [][]byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(objects)))
	pack := slices.Concat(head, bytes.Join(objects, nil))
	sum := sha1.Sum(pack)
	return append(pack, sum[:]...)
}

// pushes pushes or clones, each time in another way, and returns what it is told.
func pushes(client *ssh.Client, packs []func(string) (string, []byte), way int, until time.Time) string {
	session, err := client.NewSession()
	if err != nil {
		time.Sleep(50 * time.Millisecond)
		return "no session"
	}
	defer func() { _ = session.Close() }()
	in, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	stderr, _ := session.StderrPipe()
	service := "git-receive-pack"
	if way %= len(packs) + 3; way > len(packs) {
		service = "git-upload-pack"
	}
	first := make([]byte, 4+40)
	if err := session.Start(service + " /posts"); err != nil {
		return "no session"
	}
	if _, err := io.ReadFull(out, first); err != nil {
		why, _ := io.ReadAll(stderr)
		return strings.TrimSpace(string(why))
	}
	head := string(first[4:])
	packet := func(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }
	if service == "git-upload-pack" {
		_, _ = io.WriteString(in, packet("want "+head+" side-band-64k\n")+"0000"+packet("done\n"))
		if way == len(packs)+1 {
			time.Sleep(time.Until(until)) // and reads nothing
			return "unread"
		}
		n, _ := io.Copy(io.Discard, out)
		if n > 10_000 {
			return "a clone"
		}
		return "no clone"
	}
	commit, pack := packs[way%len(packs)](head)
	_, _ = io.WriteString(in, packet(head+" "+commit+" refs/heads/main\x00report-status side-band-64k")+"0000")
	if way == len(packs) {
		_, _ = in.Write(pack[:len(pack)/2])
		time.Sleep(time.Until(until)) // and goes away
		return "unfinished"
	}
	_, _ = in.Write(pack)
	said, _ := io.ReadAll(out)
	for _, why := range []string{"more than 64 MiB", "more than 1000 files", "too much is being published at once", "no memory"} {
		if strings.Contains(string(said), why) {
			return why
		}
	}
	return fmt.Sprintf("%.100q", said)
}
