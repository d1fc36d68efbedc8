//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writer is the computer of an author, with what is to be published.
type writer struct {
	*server
	t        *testing.T
	key, dir string
	state    string // the server's folder
}

const goodPost = "---\ntitle: From the desk\ndate: 2026-02-01\n---\nHello.\n"

// authorBlog serves a blog, and returns its author's computer. In its folder are good.md, bad.md, and a
// folder bundle with a post and an image of more than one packet.
func authorBlog(t *testing.T, args ...string) *writer {
	t.Helper()
	d := &writer{t: t, key: newKey(t, ""), dir: t.TempDir(), state: filepath.Join(t.TempDir(), "state")}
	authors := filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, authors, publicLine(t, d.key)+" alice\n")
	d.server = serveBlog(t, 2, append([]string{"--authors", authors, "--state", d.state}, args...)...)
	if err := os.MkdirAll(filepath.Join(d.dir, "bundle", "img"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"good.md": goodPost, "bad.md": "---\ntitle: [\n---\n", "bundle/index.md": "---\ntitle: Tour\ndate: 2026-02-02\n---\n![map](img/map.png)\n",
		"bundle/img/map.png": "\x89PNG" + strings.Repeat("0123456789", 20000),
	} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// run runs a command on the computer, and returns what it says.
func (d *writer) run(cmd *exec.Cmd) (string, error) {
	cmd.Dir = d.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copier is OpenSSH's scp or sftp, with a key.
func (s *server) copier(program, key string, args ...string) *exec.Cmd {
	options := s.openSSH([]string{key}, append([]string{"-o", "BatchMode=yes"}, args...)...).Args[1:]
	options[2] = "-P" // as these name the port
	return exec.Command(program, options...)
}

// has returns the text of a file in the posts folder, or "".
func (s *server) has(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.posts, name))
	return string(text)
}

// sftpOf is sftp with some commands.
func (d *writer) sftpOf(lines ...string) *exec.Cmd {
	cmd := d.copier("sftp", d.key, "-b", "-", "alice@127.0.0.1")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	return cmd
}

// putty is one of PuTTY's programs, with the author's key as it has keys.
func (d *writer) putty(program string, args ...string) *exec.Cmd {
	ppk := filepath.Join(d.dir, "key.ppk")
	if out, err := exec.Command(tool(d.t, "puttygen", "putty-tools"), d.key, "-O", "private", "-o", ppk).CombinedOutput(); err != nil {
		d.t.Fatalf("puttygen: %v: %s", err, out)
	}
	return exec.Command(tool(d.t, program, "putty-tools"), append([]string{"-batch", "-P", d.port, "-hostkey", d.fingerprint(), "-i", ppk}, args...)...)
}

// dropbear is scp's old protocol through Dropbear's client.
func (d *writer) dropbear(args ...string) *exec.Cmd {
	client := tool(d.t, "dbclient", "dropbear-bin")
	key, program := filepath.Join(d.dir, "key.dropbear"), filepath.Join(d.dir, "client")
	if out, err := exec.Command(tool(d.t, "dropbearconvert", "dropbear-bin"), "openssh", "dropbear", d.key, key).CombinedOutput(); err != nil {
		d.t.Fatalf("dropbearconvert: %v: %s", err, out)
	}
	script := "#!/bin/sh\nwhile :; do case $1 in -x|-o*) shift;; *) break;; esac; done\nexec " + client + " -y -y -i " + key + " \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		d.t.Fatal(err)
	}
	return exec.Command("scp", append([]string{"-O", "-P", d.port, "-S", program}, args...)...)
}

// lftp runs commands of lftp.
func (d *writer) lftp(commands string) *exec.Cmd {
	through := "ssh -a -x " + strings.Join(d.openSSH([]string{d.key}).Args[1:], " ")
	return exec.Command(tool(d.t, "lftp", "lftp"), "-c", fmt.Sprintf("set net:max-retries 2; set sftp:connect-program '%s'; open sftp://alice:@127.0.0.1:%s; %s", through, d.port, commands))
}

// rclone runs a command of rclone; its last argument is a path on the blog.
func (d *writer) rclone(args ...string) *exec.Cmd {
	last := len(args) - 1
	args[last] = fmt.Sprintf(":sftp,host=127.0.0.1,port=%s,user=alice,key_file=%s:%s", d.port, d.key, args[last])
	return exec.Command(tool(d.t, "rclone", "rclone"), append([]string{"--config", "/dev/null", "--retries", "1", "--sftp-set-modtime=false"}, args...)...)
}

// uploads are the ways to send good.md as NAME.md, and the folder bundle as NAME; bad sends bad.md.
func (d *writer) uploads() map[string]struct{ post, bundle, bad func(name string) *exec.Cmd } {
	scp := func(args ...string) *exec.Cmd { return d.copier("scp", d.key, args...) }
	return map[string]struct{ post, bundle, bad func(name string) *exec.Cmd }{
		"scp": {
			func(name string) *exec.Cmd { return scp("good.md", "alice@127.0.0.1:posts/"+name+".md") },
			func(name string) *exec.Cmd { return scp("-rp", "bundle", "alice@127.0.0.1:posts/"+name) },
			func(string) *exec.Cmd { return scp("bad.md", "alice@127.0.0.1:") },
		},
		"scp-O": {
			func(name string) *exec.Cmd { return scp("-O", "good.md", "alice@127.0.0.1:"+name+".md") },
			func(name string) *exec.Cmd { return scp("-O", "-rp", "bundle", "alice@127.0.0.1:posts/"+name) },
			func(string) *exec.Cmd { return scp("-O", "bad.md", "alice@127.0.0.1:") },
		},
		"sftp": {
			func(name string) *exec.Cmd {
				return d.sftpOf("cd posts", "put good.md "+name+".md", "get "+name+".md back.md", "!cmp good.md back.md")
			},
			func(name string) *exec.Cmd {
				return d.sftpOf("mkdir draft-"+name, "put -r bundle/* draft-"+name, "rename draft-"+name+" "+name, "ls posts/"+name+"/img/map.png")
			},
			func(string) *exec.Cmd { return d.sftpOf("put bad.md posts/bad.md") },
		},
		"pscp": {
			func(name string) *exec.Cmd {
				return d.putty("pscp", "-sftp", "good.md", "alice@127.0.0.1:posts/"+name+".md")
			},
			func(name string) *exec.Cmd {
				return d.putty("pscp", "-scp", "-r", "bundle", "alice@127.0.0.1:posts/"+name)
			},
			func(string) *exec.Cmd { return d.putty("pscp", "-scp", "bad.md", "alice@127.0.0.1:posts") },
		},
		"psftp": {
			func(name string) *exec.Cmd {
				cmd := d.putty("psftp", "-b", "/dev/stdin", "alice@127.0.0.1")
				cmd.Stdin = strings.NewReader("cd posts\nput good.md " + name + ".md\nls\nquit\n")
				return cmd
			},
			func(name string) *exec.Cmd {
				cmd := d.putty("psftp", "-b", "/dev/stdin", "alice@127.0.0.1")
				cmd.Stdin = strings.NewReader("put -r bundle posts/" + name + "\nquit\n")
				return cmd
			}, nil, // it does not look at what a close is answered with
		},
		"lftp": {
			func(name string) *exec.Cmd { return d.lftp("cd posts; put good.md -o " + name + ".md") },
			func(name string) *exec.Cmd {
				return d.lftp("set xfer:use-temp-file yes; mirror -R bundle posts/" + name)
			},
			func(string) *exec.Cmd { return d.lftp("cd posts; put bad.md") },
		},
		"rclone": {
			func(name string) *exec.Cmd { return d.rclone("copyto", "good.md", "posts/"+name+".md") },
			func(name string) *exec.Cmd { return d.rclone("copy", "bundle", "posts/"+name) },
			func(string) *exec.Cmd { return d.rclone("copy", "bad.md", "posts") },
		},
		"dropbear": {
			func(name string) *exec.Cmd {
				return d.dropbear("good.md", "alice@127.0.0.1:posts/"+name+".md")
			},
			func(name string) *exec.Cmd { return d.dropbear("-r", "bundle", "alice@127.0.0.1:posts/"+name) },
			func(string) *exec.Cmd { return d.dropbear("bad.md", "alice@127.0.0.1:posts") },
		},
		"paramiko": {
			func(name string) *exec.Cmd {
				return exec.Command(python(d.t), "-c", paramikoSends, d.port, d.key, name)
			},
			nil,
			func(string) *exec.Cmd { return exec.Command(python(d.t), "-c", paramikoSends, d.port, d.key, "") },
		},
	}
}

// paramikoSends writes a post in pieces, under a name that is none, and renames it; or sends bad.md.
const paramikoSends = `
import paramiko, socket, sys
transport = paramiko.Transport(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
transport.start_client(timeout=20)
transport.auth_publickey("alice", paramiko.Ed25519Key.from_private_key_file(sys.argv[2]))
sftp = paramiko.SFTPClient.from_transport(transport)
name = sys.argv[3]
if not name:
    sftp.put("bad.md", "posts/bad.md")
text = open("good.md").read()
with sftp.open("posts/" + name + ".filepart", "w") as f:
    f.write(text[:20])
with sftp.open("posts/" + name + ".filepart", "a") as f:
    f.write(text[20:] + "more")
sftp.truncate("posts/" + name + ".filepart", len(text))
sftp.rename("posts/" + name + ".filepart", "posts/" + name + ".md")
assert sftp.open("posts/" + name + ".md").read().decode() == text
transport.close()
`

// Whatever authors have at hand publishes: a post, and a folder at once. What is refused they are told,
// with the line, and nothing has changed.
func TestUploads(t *testing.T) {
	t.Parallel()
	d := authorBlog(t)
	for name, way := range d.uploads() {
		t.Run(name, func(t *testing.T) {
			out, err := d.run(way.post(name))
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			eventually(t, func() bool { return d.has(name+".md") == goodPost }, "it is not published: %s", out)
			if told := "published posts/" + name + ".md: ssh "; name != "lftp" && name != "rclone" && name != "paramiko" && !strings.Contains(out, told) {
				t.Errorf("it says %s, and not %s", out, told)
			}
			d.logged("author=alice what=\"add " + name + ".md")
			if way.bundle != nil {
				if out, err = d.run(way.bundle(name)); err != nil {
					t.Errorf("the bundle: %v: %s", err, out)
				}
				eventually(t, func() bool { return len(d.has(name+"/img/map.png")) > 200000 && d.has(name+"/index.md") != "" }, "the bundle is not published: %s", out)
			}
			if way.bad != nil {
				if out, err = d.run(way.bad(name)); err == nil || name != "paramiko" && !strings.Contains(out, "posts/bad.md:2: the YAML front matter is wrong") {
					t.Errorf("a post with a mistake: %v: %s", err, out)
				}
			}
		})
	}
	if d.has("bad.md") != "" {
		t.Error("a post with a mistake is published")
	}
	out, err := d.openSSH([]string{d.key}, "alice@127.0.0.1", "cat", "sftp").Output()
	if err != nil || !strings.Contains(string(out), "Hello.") {
		t.Errorf("readers see %q: %v", out, err)
	}
}

// What an author changes, moves and removes is so for readers, and without source, too.
func TestAuthorsChangePosts(t *testing.T) {
	t.Parallel()
	d := authorBlog(t, "--source", "off")
	out, err := d.run(d.sftpOf("rename posts/post-01.md posts/moved.md", "put good.md posts/post-02.md", "put good.md posts/new.md.filepart", "ls -l posts"))
	if err != nil || d.has("post-01.md") != "" || !strings.Contains(d.has("moved.md"), "Post number 1") || d.has("post-02.md") != goodPost {
		t.Errorf("%v: %s", err, out)
	}
	for _, line := range []string{"removed posts/post-01.md", "published posts/moved.md", "updated posts/post-02.md", "posts/new.md.filepart:1: warning: a temporary file is not published"} {
		if !strings.Contains(out, line) {
			t.Errorf("it does not say %q: %s", line, out)
		}
	}
	for line, why := range map[string]string{
		"put good.md ../../x.md": "x.md: the path leads out of the posts", "put good.md categories/x.md": "categories/x.md: only posts can be changed",
		"put good.md posts/x.pdf": "posts/x.pdf: ", "put good.md posts/.git/config": "posts/.git/config: ", "symlink /etc/passwd posts/x.md": "links are not published", "rm feed.atom": "feed.atom: only posts",
	} {
		if out, err := d.run(d.sftpOf(line)); err == nil || strings.Count(out, why) != 1 {
			t.Errorf("%s: %s", line, out)
		}
	}
	if out, err := d.run(d.copier("scp", newKey(t, ""), "alice@127.0.0.1:posts/moved.md", "x.md")); err == nil || !strings.Contains(out, "no files can be copied") {
		t.Errorf("a reader without source: %v: %s", err, out)
	}
}

// A post that is sent into a folder that is not there would have the folder's name.
func TestAuthorsFolderIsNotThere(t *testing.T) {
	t.Parallel()
	d := authorBlog(t)
	for _, way := range [][]string{{"good.md", "alice@127.0.0.1:posts/2027"}, {"-O", "good.md", "alice@127.0.0.1:posts/2027"}} {
		if out, err := d.run(d.copier("scp", d.key, way...)); err == nil || !strings.Contains(out, "posts/2027:1: it has no ending: name it .md, or make the folder first") {
			t.Errorf("%q: %v: %s", way, err, out)
		}
	}
}

// A file system of an author's: editors write to it as to any other.
func TestAuthorsMount(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		t.Skip("there is no /dev/fuse here, or it may not be used")
	}
	sshfs := tool(t, "sshfs", "sshfs")
	d := authorBlog(t)
	mounted := t.TempDir()
	options := d.openSSH(nil).Args[1:]
	options = append(options[:len(options)-2], "-o", "IdentityFile="+d.key, "alice@127.0.0.1:/posts", mounted)
	if out, err := exec.Command(sshfs, options...).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "fuse:") { // a container may have the device and not be let
			t.Skipf("nothing can be mounted here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	script := `cd "$1" && cp "$2/good.md" a.md && echo more >>a.md && mkdir trip && cp "$2/bundle/index.md" trip && cp -r "$2/bundle/img" trip &&
mv a.md b.md && sed -i s/Hello/Goodbye/ b.md && echo "---" >c.md && cat "$2/good.md" >c.md && cp c.md c.md~ && truncate -s 20 c.md && cat c.md~ >c.md && rm c.md~ post-01.md`
	out, err := exec.Command("sh", "-c", script, "sh", mounted, d.dir).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	eventually(t, func() bool {
		return d.has("b.md") == strings.Replace(goodPost, "Hello", "Goodbye", 1)+"more\n" && d.has("c.md") == goodPost && d.has("post-01.md") == ""
	},
		"it is not published: b.md is %q", d.has("b.md"))
	if out, err := exec.Command("fusermount", "-u", mounted).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	eventually(t, func() bool { return len(d.has("trip/img/map.png")) > 200000 && d.has("c.md~") == "" }, "the image is not published")
}

// Readers change nothing where there are authors, either; nor do those whose key is not one of theirs,
// or is not any more.
func TestReadersUploadNothing(t *testing.T) {
	t.Parallel()
	d := authorBlog(t)
	stranger := newKey(t, "")
	before := fmt.Sprint(copied(t, d.posts))
	const other, none = "your key is none of theirs: SHA256:", "you have come without a key: name yours with "
	for name, test := range map[string]struct {
		cmd  *exec.Cmd
		says string
	}{
		"scp":    {d.copier("scp", stranger, "good.md", "alice@127.0.0.1:"), other},
		"scp -O": {d.copier("scp", stranger, "-O", "good.md", "alice@127.0.0.1:"), other},
		"pscp":   {exec.Command(tool(t, "pscp", "putty-tools"), "-batch", "-P", d.port, "-hostkey", d.fingerprint(), "-sftp", "good.md", "guest@127.0.0.1:posts/x.md"), none},
	} {
		if out, err := d.run(test.cmd); err == nil || strings.Count(out, "sshblog: this is for the blog's authors, and "+test.says) != 1 {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	if after := fmt.Sprint(copied(t, d.posts)); after != before {
		t.Error("the posts have changed")
	}
}

// What docs/authors.md shows of psftp. Who is slow is told of the first file before the second command.
func TestPSFTPTranscript(t *testing.T) {
	t.Parallel()
	d := authorBlog(t)
	script := filepath.Join(d.dir, "script")
	if err := os.WriteFile(script, []byte("put good.md posts/post-01.md\nmv posts/post-02.md posts/other.md\nbye\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	cmd := d.putty("psftp", "-b", script, "-bc", "alice@127.0.0.1")
	cmd.Dir, cmd.Stderr = d.dir, &told
	out, err := cmd.Output()
	const want = "Remote working directory is /\npsftp> put good.md posts/post-01.md\nlocal:good.md => remote:/posts/post-01.md\n" +
		"psftp> mv posts/post-02.md posts/other.md\n/posts/post-02.md -> /posts/other.md\npsftp> bye\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: psftp says %q", err, out)
	}
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	slices.Sort(lines)
	address := "@127.0.0.1"
	for i, want := range []string{`Using username "alice".`, "published posts/other.md: ssh -p " + d.port + " other" + address, "removed posts/post-02.md", "updated posts/post-01.md: ssh -p " + d.port + " post-01" + address} {
		if len(lines) != 4 || lines[i] != want {
			t.Errorf("the author is told %q, want %q", lines, want)
		}
	}
}
