//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/sshd"
)

var clusterDir = filepath.Join(deployDir, "cluster")

// The servers of the Compose file are alike, have one set of secrets, and reach NATS and HAProxy.
func TestClusterCompose(t *testing.T) {
	t.Parallel()
	file := yamlFile(t, filepath.Join(clusterDir, "compose.yaml"))[0]
	count := make(map[string]int)
	for name := range file.at("services").value.(map[string]any) {
		count[regexp.MustCompile(`-\d$`).ReplaceAllString(name, "")]++
	}
	if count["blog"] != 3 || count["nats"] != 3 || count["haproxy"] != 2 {
		t.Errorf("it has %v", count)
	}
	for _, name := range []string{"blog-1", "blog-2", "blog-3"} {
		blog := file.at("services." + name)
		for field, want := range map[string]string{
			"read_only": "true", "cap_drop": "[ALL]", "security_opt": "[no-new-privileges:true]", "networks": "[front back]",
			"environment.SSHBLOG_HOST_KEYS": "require",
		} {
			if got := blog.at(field).text(); got != want {
				t.Errorf("%s: %s is %q, want %q", name, field, got, want)
			}
		}
		if volumes := blog.at("volumes").text(); !strings.Contains(volumes, "./data/"+name+":/data") || !strings.Contains(volumes, "./secrets:/secrets:ro") {
			t.Errorf("%s has %s", name, volumes)
		}
		if drain, grace := durationIn(t, blog.at("environment.SSHBLOG_DRAIN").text()), durationIn(t, blog.at("stop_grace_period").text()); grace < drain+afterDrain {
			t.Errorf("%s is killed after %s, and readers have %s", name, grace, drain)
		}
		for url := range strings.SplitSeq(blog.at("environment.SSHBLOG_CLUSTER").text(), ",") {
			host := strings.TrimSuffix(strings.TrimPrefix(url, "nats://"), ":4222")
			if file.at("services."+host+".networks").text() != "[back]" {
				t.Errorf("%s does not reach %s", name, url)
			}
		}
		if !strings.Contains(read(t, filepath.Join(clusterDir, "haproxy.cfg")), " "+name+":2222\n") {
			t.Errorf("HAProxy does not know %s", name)
		}
	}
	if file.at("networks.back.internal").text() != "true" {
		t.Error("NATS can be reached from outside")
	}
	if subnet := file.at("networks.front.ipam.config.0.subnet").text(); subnet != file.at("services.blog-1.environment.SSHBLOG_PROXY_FROM").text() {
		t.Errorf("HAProxy is in %s, and not believed", subnet)
	}
}

// HAProxy takes its configuration; names of containers are none here.
func TestClusterHAProxy(t *testing.T) {
	t.Parallel()
	program := tool(t, "haproxy", "haproxy")
	if said, err := exec.CommandContext(t.Context(), program, "-c", "-f", filepath.Join(clusterDir, "haproxy.cfg")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// The manifests of a cluster are those of a single server, but for what they say to be different.
func TestClusterManifests(t *testing.T) {
	t.Parallel()
	overlay := func(name string) node {
		docs := yamlFile(t, filepath.Join(clusterDir, "kubernetes", name))
		if len(docs) != 1 {
			t.Fatalf("%s has %d documents", name, len(docs))
		}
		return docs[0]
	}
	if base := overlay("kustomization.yaml").at("resources").list()[0].text(); base != "../../kubernetes" {
		t.Errorf("the manifests begin with %q", base)
	}
	set, base := overlay("statefulset.yaml"), manifest(t, "deployment.yaml")
	pod, basePod := set.at("spec.template.spec"), base.at("spec.template.spec")
	for _, field := range []string{
		"metadata.name", "spec.selector", "spec.template.metadata",
	} {
		if set.at(field).text() != base.at(field).text() {
			t.Errorf("%s is %s, and %s in deploy/kubernetes", field, set.at(field).text(), base.at(field).text())
		}
	}
	for _, field := range []string{
		"automountServiceAccountToken", "enableServiceLinks", "securityContext", "topologySpreadConstraints", "containers.0.ports", "containers.0.startupProbe",
		"containers.0.livenessProbe", "containers.0.readinessProbe", "containers.0.lifecycle", "containers.0.resources", "containers.0.securityContext",
	} {
		if pod.at(field).text() != basePod.at(field).text() || pod.at(field).text() == "" {
			t.Errorf("%s is %s, and %s in deploy/kubernetes", field, pod.at(field).text(), basePod.at(field).text())
		}
	}
	blog := pod.at("containers").named("blog")
	env := func(name string) string { return blog.at("env").named(name).at("value").text() }
	mounted := make(map[string]string)
	for _, m := range blog.at("volumeMounts").list() {
		mounted[m.at("mountPath").text()] = m.at("name").text()
		volume, claims := pod.at("volumes").named(m.at("name").text()), set.at("spec.volumeClaimTemplates")
		if volume.value == nil && claims.at("0.metadata.name").text() != m.at("name").text() {
			t.Errorf("there is no volume %s", m.at("name").text())
		}
		if readOnly := m.at("readOnly").text() == "true"; readOnly == (m.at("name").text() == "data") {
			t.Errorf("%s: read-only is %t", m.at("mountPath").text(), readOnly)
		}
	}
	if mounted[env("SSHBLOG_POSTS")] != "data" || mounted[env("SSHBLOG_STATE")] != "data" ||
		mounted[filepath.Dir(env("SSHBLOG_AUTHORS"))] != "authors" || mounted[filepath.Dir(env("SSHBLOG_CLUSTER_CREDENTIALS"))] != "cluster" ||
		mounted[filepath.Dir(env("SSHBLOG_READERS_SECRET"))] != "cluster" {
		t.Errorf("of what it sets it has %v", mounted)
	}
	drain, preStop := durationIn(t, env("SSHBLOG_DRAIN")), durationIn(t, blog.at("lifecycle.preStop.sleep.seconds").text()+"s")
	if grace := durationIn(t, pod.at("terminationGracePeriodSeconds").text()+"s"); preStop == 0 || grace < preStop+drain+afterDrain {
		t.Errorf("killed after %s, of which preStop takes %s and the drain %s", grace, preStop, drain)
	}
	target := overlay("hpa.yaml").at("spec")
	if target.at("scaleTargetRef.kind").text() != set.at("kind").text() || target.at("scaleTargetRef.name").text() != set.at("metadata.name").text() {
		t.Error("autoscaling is of something else")
	}
	if set.at("spec.replicas").text() != "" || target.at("minReplicas").text() != "3" {
		t.Errorf("an apply has %q pods, and autoscaling %s at least", set.at("spec.replicas").text(), target.at("minReplicas").text())
	}
	s := defaultSettings()
	s.State = env("SSHBLOG_STATE")
	processors, err := strconv.Atoi(env("GOMAXPROCS"))
	if err != nil {
		t.Fatal("the number of processors is the node's:", err)
	}
	plan := divide(bytesIn(t, env("GOMEMLIMIT")), 20<<20, processors, s)
	if has, value := plan.sessions/sshd.SessionCost, target.at("metrics.0.pods.target.averageValue").text(); value != strconv.FormatInt(has/2/50*50, 10) || !strings.Contains(read(t, filepath.Join(clusterDir, "kubernetes", "hpa.yaml")), fmt.Sprintf("yours: %d)", has)) {
		t.Errorf("a pod has room for %d sessions, and autoscaling begins at %s", has, value)
	}
	if name := overlay("headless.yaml").at("metadata.name").text(); name != set.at("spec.serviceName").text() {
		t.Errorf("the pods' service is %s", name)
	}
	policy := overlay("networkpolicy.yaml")
	if policy.at("metadata.name").text() != manifest(t, "networkpolicy.yaml").at("metadata.name").text() || !strings.HasSuffix(env("SSHBLOG_CLUSTER"), ":"+policy.at("spec.egress.0.ports.0.port").text()) {
		t.Error("the servers may not reach NATS")
	}
}
