//go:build linux

package attack

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// removeLeftOvers removes the containers and images of tests that were killed
// before they could do so themselves.
func removeLeftOvers() error {
	containers, err := docker(nil, "ps", "--all", "--filter", "label="+boxLabel, "--format", `{{.Label "`+boxLabel+`"}} rm {{.ID}}`)
	images, err2 := docker(nil, "images", "--format", "{{.Tag}} rmi {{.ID}}", "--filter", "reference="+boxLabel+"*")
	err = errors.Join(err, err2)
	for line := range strings.Lines(containers + "\n" + images) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		if pid, _ := strconv.Atoi(fields[0]); pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_, gone := docker(nil, fields[1], "--force", fields[2])
			err = errors.Join(err, gone)
		}
	}
	return err
}

// docker runs a command of Docker's and returns what it says.
func docker(stdin io.Reader, args ...string) (string, error) {
	cmd := exec.Command("docker", args...)
	cmd.Stdin = stdin
	var said, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %s: %w\n%s", args[0], err, complaint.String())
	}
	return strings.TrimSpace(said.String()), nil
}

var (
	// image makes an image with the program, and nothing else, and returns its id;
	// buggyImage one with the program that has bugs.
	image      = sync.OnceValues(func() (string, error) { return importImage(boxLabel, executable) })
	buggyImage = sync.OnceValues(func() (string, error) { return importImage(boxLabel+"-buggy", buggy) })
	imageIDs   []string
)

func importImage(name string, executable func() (string, error)) (string, error) {
	built, err := executable()
	if err == nil {
		err = removeLeftOvers()
	}
	if err != nil {
		return "", err
	}
	program, err := os.ReadFile(built)
	if err != nil {
		return "", err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err = w.WriteHeader(&tar.Header{Name: "sshblog", Mode: 0o755, Size: int64(len(program))})
	if err == nil {
		_, err = w.Write(program)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	id, err := docker(&archive, "import", "-", name+":"+strconv.Itoa(os.Getpid()))
	if err == nil {
		imageIDs = append(imageIDs, id)
	}
	return id, err
}

func removeImages() {
	for _, id := range imageIDs {
		_, _ = docker(nil, "rmi", "--force", id)
	}
}
