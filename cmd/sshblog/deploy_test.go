//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/sshd"
)

// What deploy/ hands to operators has to fit the program beside it.

const deployDir = "../../deploy"

// settingPattern finds settings in any kind of file: "SSHBLOG_PAGE_SIZE=8" in
// a unit or the Dockerfile, "SSHBLOG_PAGE_SIZE: 8" in YAML, comments included.
var settingPattern = regexp.MustCompile(`\b(SSHBLOG_[A-Z0-9_]+)(?:=|: ?)("?[^\s"]+"?)?`)

// Every setting in the files is one that the program has, with a value that it
// takes.
func TestDeploySettings(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, path := range append(deployFiles(t), "../../Dockerfile", "../../README.md") {
		for _, found := range settingPattern.FindAllStringSubmatch(read(t, path), -1) {
			name, value := found[1], strings.Trim(found[2], "\"`).,")
			if name == "SSHBLOG_NAME" { // stands for any
				continue
			}
			seen++
			value = strings.ReplaceAll(value, "%S", "/var/lib") // systemd's name for it
			if name == "SSHBLOG_CONFIG" {
				value = "" // the operator's file is not here
			}
			if err := takes(name, value); err != nil {
				t.Errorf("%s: %s=%s: %v", path, name, value, err)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d settings were found", seen)
	}
}

// takes reports what is wrong with a setting as it stands in an environment.
// An empty value only asks whether there is one of that name.
func takes(name, value string) error {
	s := defaultSettings()
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(all)
	known := false
	all.VisitAll(func(f *pflag.Flag) { known = known || envName(f.Name) == name })
	if !known {
		return errors.New("there is no such setting")
	}
	return complete(all, []string{name + "=" + value})
}

// Every metric and reason that an alert or the manual speaks of is one that
// Prometheus gets.
func TestDeployMetrics(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--cluster", "nats://127.0.0.1:1") // where nobody listens
	_, exposed := s.ops("/metrics")
	names := make(map[string]bool)
	for _, found := range regexp.MustCompile(`(?m)^(?:# TYPE )?([a-z_]+)[{ ]`).FindAllStringSubmatch(exposed, -1) {
		names[found[1]] = true
	}
	manual, board := read(t, filepath.Join(deployDir, "README.md")), read(t, filepath.Join(deployDir, "grafana", "sshblog.json"))
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (sshblog_[a-z_]+)`).FindAllStringSubmatch(exposed, -1) {
		if !strings.Contains(manual, "`"+found[1]+"`") || !strings.Contains(board, found[1]) && found[1] != "sshblog_build_info" {
			t.Errorf("%s is missing in the manual or on the dashboard", found[1])
		}
	}
	reasons := make(map[string]bool)
	for r := range sshd.Reason(100) { // more than there are
		reasons[r.String()] = true
	}
	seen := 0
	for _, path := range deployFiles(t) {
		text := read(t, path)
		for _, name := range regexp.MustCompile(`\b(?:sshblog|process|go)_[a-z_]+`).FindAllString(text, -1) {
			if name == "sshblog_hostkeys" { // the volume of compose.yaml
				continue
			}
			seen++
			if !names[name] {
				t.Errorf("%s: there is no metric %s", path, name)
			}
		}
		for _, found := range regexp.MustCompile(`reason=~?"([^"]+)"`).FindAllStringSubmatch(text, -1) {
			for reason := range strings.SplitSeq(found[1], "|") {
				if !reasons[reason] {
					t.Errorf("%s: there is no reason %s", path, reason)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d metrics were found", seen)
	}
	for _, group := range yamlFile(t, filepath.Join(deployDir, "alerts.yaml"))[0].at("groups").list() {
		for _, rule := range group.at("rules").list() {
			for _, field := range []string{"alert", "expr", "labels.severity", "annotations.summary"} {
				if rule.at(field).text() == "" {
					t.Errorf("alert %q has no %s", rule.at("alert").text(), field)
				}
			}
		}
	}
}

// afterDrain is what follows the drain at most: three seconds in which connections end, and what is kept of readers.
const afterDrain = 3*time.Second + memory.Closing

func TestCompose(t *testing.T) {
	t.Parallel()
	blog := yamlFile(t, filepath.Join(deployDir, "compose.yaml"))[0].at("services.blog")
	for field, want := range map[string]string{
		"read_only": "true", "cap_drop": "[ALL]", "security_opt": "[no-new-privileges:true]", "privileged": "",
	} {
		if got := blog.at(field).text(); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	limit := bytesIn(t, strings.Replace(blog.at("mem_limit").text(), "m", "MiB", 1))
	if goLimit := bytesIn(t, blog.at("environment.GOMEMLIMIT").text()); goLimit >= limit || goLimit < limit/2 {
		t.Errorf("GOMEMLIMIT is %d of %d bytes", goLimit, limit)
	}
	// Docker itself kills after ten seconds, which is enough as long as the disk works.
	drain := defaultSettings().SSH.Drain
	if grace := durationIn(t, blog.at("stop_grace_period").text()); grace < drain+afterDrain || drain+3*time.Second > 10*time.Second {
		t.Errorf("Compose kills after %s, Docker after 10 s, and readers have %s", grace, drain)
	}
	// docker-compose 1.29 knows no name of the project, so the key's volume has one.
	compose := yamlFile(t, filepath.Join(deployDir, "compose.yaml"))[0]
	if name := compose.at("name").text(); name != "" {
		t.Errorf("the project is named %s, which docker-compose 1.29 refuses", name)
	}
	if compose.at("volumes.hostkeys.name").text() == "" {
		t.Error("the volume of the host key is named by the project, whose name is up to who calls")
	}
}

// With authors the server may write where it has to, and nowhere else.
func TestDeployForAuthors(t *testing.T) {
	t.Parallel()
	blog := yamlFile(t, filepath.Join(deployDir, "compose.authors.yaml"))[0].at("services.blog")
	text := read(t, filepath.Join(deployDir, "compose.authors.yaml"))
	for _, volume := range []string{"- ../posts:/posts\n", "- ../authors:/authors:ro\n"} {
		if !strings.Contains(text, volume) {
			t.Errorf("Compose lacks %s", volume)
		}
	}
	drop := read(t, filepath.Join(deployDir, "sshblog-authors.conf"))
	for name, unit := range map[string]string{"AUTHORS": "/etc/sshblog/authors", "STATE": "%S/sshblog/state", "POSTS": "%S/sshblog/posts"} {
		if blog.at("environment.SSHBLOG_"+name).text() == "" && name != "POSTS" {
			t.Errorf("Compose does not set %s", name)
		}
		if !strings.Contains(drop, "\nEnvironment=SSHBLOG_"+name+"="+unit+"\n") {
			t.Errorf("the unit does not set %s to %s", name, unit)
		}
	}
	if !strings.Contains(drop, "\nStateDirectory=sshblog/posts\n") {
		t.Error("the unit does not make the posts folder")
	}
	overlay := func(name string) node { return manifest(t, filepath.Join("authors", name)) }
	if base := overlay("kustomization.yaml").at("resources").list()[0].text(); base != ".." {
		t.Errorf("the manifests for authors begin with %q", base)
	}
	deployment := overlay("deployment.yaml")
	if deployment.at("metadata.name").text() != manifest(t, "deployment.yaml").at("metadata.name").text() ||
		deployment.at("spec.replicas").text() != "1" || deployment.at("spec.strategy.type").text() != "Recreate" {
		t.Error("several replicas may write the posts")
	}
	pod := deployment.at("spec.template.spec")
	set, mounted := make(map[string]string), make(map[string]bool)
	for _, e := range pod.at("containers").list()[0].at("env").list() {
		set[e.at("name").text()] = e.at("value").text()
	}
	for _, m := range pod.at("containers").list()[0].at("volumeMounts").list() {
		mounted[m.at("mountPath").text()] = m.at("readOnly").text() != "true"
	}
	if !mounted[set["SSHBLOG_POSTS"]] || !mounted[set["SSHBLOG_STATE"]] || filepath.Dir(set["SSHBLOG_AUTHORS"]) != "/authors" {
		t.Errorf("of what it sets, %v, it can write to %v", set, mounted)
	}
	if claim := overlay("volume.yaml").at("metadata.name").text(); claim != pod.at("volumes").list()[0].at("persistentVolumeClaim.claimName").text() {
		t.Errorf("the volume is %q", claim)
	}
}

// An image of new posts shares all but one layer with the one before, and nothing is
// compiled for it: the posts are the last thing that is copied.
func TestPostsAreTheLastLayer(t *testing.T) {
	t.Parallel()
	stages := regexp.MustCompile(`(?m)^FROM .*$`).Split(read(t, "../../Dockerfile"), -1)
	for _, stage := range stages[1:] {
		if strings.Contains(stage, "go build") && strings.Contains(stage, "posts") {
			t.Error("the posts are part of what is compiled")
		}
	}
	copies := regexp.MustCompile(`(?m)^COPY .*$`).FindAllString(stages[len(stages)-1], -1)
	if len(copies) == 0 || !strings.Contains(copies[len(copies)-1], "--from=posts") {
		t.Errorf("the last stage copies %q", copies)
	}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	unit := make(map[string]string)
	for line := range strings.Lines(read(t, filepath.Join(deployDir, "sshblog.service"))) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			unit[name] += value + " "
		}
	}
	goLimit := regexp.MustCompile(`GOMEMLIMIT=(\S+)`).FindStringSubmatch(unit["Environment"])[1]
	limit := bytesIn(t, strings.TrimSpace(unit["MemoryMax"])+"iB")
	if n := bytesIn(t, goLimit); n >= limit || n < limit/2 {
		t.Errorf("GOMEMLIMIT is %s, MemoryMax %s", goLimit, unit["MemoryMax"])
	}
	stop, err := strconv.Atoi(strings.TrimSpace(unit["TimeoutStopSec"]))
	if err != nil || time.Duration(stop)*time.Second < defaultSettings().SSH.Drain+afterDrain {
		t.Errorf("readers are killed after %s s", unit["TimeoutStopSec"])
	}
	// systemd would let the socket fail with a service that it has given up.
	if unit["StartLimitIntervalSec"] != "0 " || unit["Restart"] != "always " {
		t.Error("systemd gives up a service that does not start")
	}
	if socket := read(t, filepath.Join(deployDir, "sshblog.socket")); !strings.Contains(socket, "\nRequiredBy=sshblog.service\n") {
		t.Error("the service starts without its sockets")
	}
}

// deployFiles are all files of deploy.
func deployFiles(t *testing.T) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(deployDir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) < 5 {
		t.Fatalf("%q, %v", paths, err)
	}
	return paths
}

// bytesIn reads a size as GOMEMLIMIT has it; Kubernetes writes Mi for MiB.
func bytesIn(t *testing.T, text string) int64 {
	t.Helper()
	n, err := memorySize(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

func durationIn(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// node is a part of a YAML file; one that is not there is the zero node.
type node struct{ value any }

// yamlFile returns the documents of a file.
func yamlFile(t *testing.T, path string) (docs []node) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(read(t, path))))
	for {
		var value any
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF):
			return docs
		case err != nil:
			t.Fatalf("%s: %v", path, err)
		}
		docs = append(docs, node{value})
	}
}

// at returns what lies at a path such as "spec.ports.0.name".
func (n node) at(path string) node {
	value := n.value
	for key := range strings.SplitSeq(path, ".") {
		switch parent := value.(type) {
		case map[string]any:
			value = parent[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(parent) {
				return node{}
			}
			value = parent[i]
		default:
			return node{}
		}
	}
	return node{value}
}

// text is a value as it stands in the file, "" if there is none.
func (n node) text() string {
	if n.value == nil {
		return ""
	}
	return fmt.Sprint(n.value)
}

func (n node) list() (items []node) {
	values, _ := n.value.([]any)
	for _, v := range values {
		items = append(items, node{v})
	}
	return items
}

// named returns the item of a list that has a name.
func (n node) named(name string) node {
	items := n.list()
	if i := slices.IndexFunc(items, func(item node) bool { return item.at("name").text() == name }); i >= 0 {
		return items[i]
	}
	return node{}
}
