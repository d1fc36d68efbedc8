//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promtool runs Prometheus's tool.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool(t, "promtool", "prometheus"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Prometheus takes what the server exposes, after somebody has read, and finds nothing to
// improve in it.
func TestPromtoolTakesTheMetrics(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 3, "--ops", "127.0.0.1:0")
	p := s.connect(80, 24, s.ssh())
	p.sees("PAGE 1 / 1")
	p.types("\r")
	p.sees("The text of Post number 3")
	p.types(ctrlC)
	p.leaves()
	s.shutOut("127.0.9.1")
	_, exposed := s.ops("/metrics")
	// Of those that are not ours it has wishes for names.
	var own strings.Builder
	ours := regexp.MustCompile(`^(# (HELP|TYPE) )?sshblog_`)
	for line := range strings.Lines(exposed) {
		if ours.MatchString(line) {
			own.WriteString(line)
		}
	}
	promtool(t, own.String(), "check", "metrics")
}

// The alerts fire when they should and not before, and there is a test of each that has it
// fire.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	rules, tests := filepath.Join(deployDir, "alerts.yaml"), filepath.Join(deployDir, "alerts-test.yaml")
	promtool(t, "", "check", "rules", rules)
	promtool(t, "", "test", "rules", tests)
	fired := make(map[string]bool)
	for _, test := range yamlFile(t, tests)[0].at("tests").list() {
		for _, expected := range test.at("alert_rule_test").list() {
			if len(expected.at("exp_alerts").list()) > 0 {
				fired[expected.at("alertname").text()] = true
			}
		}
	}
	for _, group := range yamlFile(t, rules)[0].at("groups").list() {
		for _, rule := range group.at("rules").list() {
			if name := rule.at("alert").text(); !fired[name] {
				t.Errorf("no test has %s fire", name)
			}
		}
	}
}

// dashboard is what a test wants to know of a dashboard of Grafana's.
type dashboard struct {
	Title      string
	Templating struct{ List []struct{ Name string } }
	Panels     []struct {
		ID          int
		Title, Type string
		Description string
		GridPos     struct{ H, W, X, Y int }
		Targets     []struct{ Expr string }
	}
}

// Prometheus can answer all that the dashboard asks, its panels do not cover each other, and
// each says what it shows. That there are such metrics TestDeployMetrics has.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, filepath.Join(deployDir, "grafana", "sshblog.json"))), &d); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$job", ".+", "$instance", ".+")
	for _, v := range d.Templating.List {
		if v.Name != "datasource" && v.Name != "job" && v.Name != "instance" {
			t.Errorf("variable %s is not known here", v.Name)
		}
	}
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	ids, taken, asked := make(map[int]bool), make(map[[2]int]string), 0
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: another panel has its number %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("%s has no description, or shows nothing", p.Title)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s covers %s, or leaves the window", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			asked++
			expr := variables.Replace(target.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("%s: a variable is left in %s", p.Title, expr)
			}
			fmt.Fprintf(&rules, "      - {record: 'panel:%d:%d', expr: '%s'}\n", p.ID, asked, strings.ReplaceAll(expr, "'", "''"))
		}
	}
	if asked < 20 {
		t.Errorf("it asks for %d series only", asked)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", file)
}
