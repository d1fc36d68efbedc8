//go:build linux

package attack

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A client may ask the server to prove its host keys (section 2.5 of OpenSSH's PROTOCOL), as
// often as it likes, and for one key as often as that fits into a packet. A signature by an RSA
// key of 4096 bits takes the server some milliseconds, and asking for it nothing: 64 connections
// that ask over and over would keep all processors busy.
//
// Here a connection gets as many signatures as there are keys, in turns. What is asked beyond
// that is refused.
func TestProofStorm(t *testing.T) {
	keys := t.TempDir()
	_, small, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"ed25519": small, "rsa": large} {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err == nil {
			err = os.WriteFile(filepath.Join(keys, "ssh_host_"+name+"_key"), pem.EncodeToMemory(block), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	public, err := ssh.NewPublicKey(&large.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	once := ssh.Marshal(struct{ Key []byte }{public.Marshal()})
	p := start(t, "--hostkeys", keys)
	p.withstands(func(s *siege) {
		var proved, refused atomic.Int64
		var asking sync.WaitGroup
		clients := s.clients(source)
		until := time.Now().Add(lasts())
		for _, client := range clients {
			s.channel(client) // it would be closed without one
			asking.Go(func() {
				for size := len(once); time.Now().Before(until); size = 4*len(once) - size { // one key, then three
					ok, _, err := client.SendRequest("hostkeys-prove-00@openssh.com", true, repeated(string(once), size))
					switch {
					case err != nil:
						return // it is too much
					case ok:
						proved.Add(1)
					default:
						refused.Add(1)
					}
				}
			})
		}
		asking.Wait()
		s.Logf("%d proofs, and %d requests were refused", proved.Load(), refused.Load())
		if n := int64(len(clients)); proved.Load() != 2*n || refused.Load() < n {
			s.Errorf("%d connections got %d proofs, want two each; %d requests were refused", n, proved.Load(), refused.Load())
		}
	})
}
