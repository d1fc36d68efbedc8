//go:build unix

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var manifestDir = filepath.Join(deployDir, "kubernetes")

// manifest returns the only object of a file.
func manifest(t *testing.T, name string) node {
	t.Helper()
	docs := yamlFile(t, filepath.Join(manifestDir, name))
	if len(docs) != 1 {
		t.Fatalf("%s has %d documents", name, len(docs))
	}
	return docs[0]
}

// Every file is an object of a kind that its name says, belongs to no
// namespace, and is applied; only the Secret's template is not.
func TestKustomization(t *testing.T) {
	t.Parallel()
	var resources []string
	for _, r := range manifest(t, "kustomization.yaml").at("resources").list() {
		resources = append(resources, r.text())
	}
	files, err := filepath.Glob(filepath.Join(manifestDir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"deployment.yaml": "apps/v1 Deployment", "service.yaml": "v1 Service",
		"networkpolicy.yaml": "networking.k8s.io/v1 NetworkPolicy", "poddisruptionbudget.yaml": "policy/v1 PodDisruptionBudget",
		"hostkeys-secret.yaml": "v1 Secret", "kustomization.yaml": "kustomize.config.k8s.io/v1beta1 Kustomization",
	}
	if len(files) != len(kinds) {
		t.Errorf("files: %q", files)
	}
	for _, path := range files {
		name := filepath.Base(path)
		object := manifest(t, name)
		if kind := object.at("apiVersion").text() + " " + object.at("kind").text(); kind != kinds[name] {
			t.Errorf("%s is a %s", name, kind)
		}
		if object.at("metadata.namespace").text() != "" || object.at("namespace").text() != "" {
			t.Errorf("%s belongs to a namespace", name)
		}
		applied := name != "hostkeys-secret.yaml" && name != "kustomization.yaml"
		if slices.Contains(resources, name) != applied {
			t.Errorf("%s is applied: %t, want %t", name, !applied, applied)
		}
	}
}

// The parts of the manifests find each other, and the program them.
func TestManifestsFit(t *testing.T) {
	t.Parallel()
	spec := manifest(t, "deployment.yaml").at("spec")
	pod := spec.at("template.spec")
	blog := pod.at("containers").named("blog")
	labels := spec.at("template.metadata.labels").text()
	for name, selector := range map[string]string{
		"the Deployment's own": spec.at("selector.matchLabels").text(),
		"the Service's":        manifest(t, "service.yaml").at("spec.selector").text(),
		"the NetworkPolicy's":  manifest(t, "networkpolicy.yaml").at("spec.podSelector.matchLabels").text(),
		"the budget's":         manifest(t, "poddisruptionbudget.yaml").at("spec.selector.matchLabels").text(),
		"the spread's":         pod.at("topologySpreadConstraints.0.labelSelector.matchLabels").text(),
	} {
		if selector != labels || labels == "" {
			t.Errorf("%s selector is %s, the pods have %s", name, selector, labels)
		}
	}
	for _, e := range blog.at("env").list() {
		if name := e.at("name").text(); strings.HasPrefix(name, "SSHBLOG_") {
			if err := takes(name, e.at("value").text()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	env := func(name string) string { return blog.at("env").named(name).at("value").text() }
	port := func(name string) string { return blog.at("ports").named(name).at("containerPort").text() }
	if ":"+port("ops") != env("SSHBLOG_OPS") || port("ops") != spec.at("template.metadata.annotations").value.(map[string]any)["prometheus.io/port"] {
		t.Errorf("ops is %s, the port %s", env("SSHBLOG_OPS"), port("ops"))
	}
	if dockerfile := read(t, "../../Dockerfile"); !strings.Contains(dockerfile, "SSHBLOG_LISTEN=:"+port("ssh")+"\n") ||
		!strings.Contains(dockerfile, "SSHBLOG_HOSTKEYS="+blog.at("volumeMounts").named("hostkeys").at("mountPath").text()+"\n") ||
		!strings.Contains(dockerfile, "USER "+pod.at("securityContext.runAsUser").text()+":"+pod.at("securityContext.runAsGroup").text()+"\n") {
		t.Error("the image has another port, folder or user")
	}
	if target := manifest(t, "service.yaml").at("spec.ports.0.targetPort").text(); port(target) == "" {
		t.Errorf("the Service leads to %q", target)
	}
	secret := manifest(t, "hostkeys-secret.yaml")
	if name := pod.at("volumes").named("hostkeys").at("secret.secretName").text(); name != secret.at("metadata.name").text() {
		t.Errorf("the Secret is %q", name)
	}
	if secret.at("stringData.ssh_host_ed25519_key").text() == "" || strings.Contains(read(t, filepath.Join(manifestDir, "hostkeys-secret.yaml")), "-----BEGIN") {
		t.Error("the Secret's template has no key, or a real one")
	}
	if limit := bytesIn(t, blog.at("resources.limits.memory").text()+"B"); bytesIn(t, env("GOMEMLIMIT")) >= limit {
		t.Errorf("GOMEMLIMIT is %s of %d bytes", env("GOMEMLIMIT"), limit)
	}
}

// Nobody is cut short: before the kill come the preStop and the whole drain.
func TestManifestsDrain(t *testing.T) {
	t.Parallel()
	pod := manifest(t, "deployment.yaml").at("spec.template.spec")
	blog := pod.at("containers").named("blog")
	drain := durationIn(t, blog.at("env").named("SSHBLOG_DRAIN").at("value").text())
	preStop := durationIn(t, blog.at("lifecycle.preStop.sleep.seconds").text()+"s")
	grace := durationIn(t, pod.at("terminationGracePeriodSeconds").text()+"s")
	if preStop == 0 || grace < preStop+drain+afterDrain {
		t.Errorf("killed after %s, of which preStop takes %s and the drain %s", grace, preStop, drain)
	}
	for probe, path := range map[string]string{"startupProbe": "/readyz", "livenessProbe": "/livez", "readinessProbe": "/readyz"} {
		if got := blog.at(probe + ".httpGet").text(); got != "map[path:"+path+" port:ops]" {
			t.Errorf("%s asks %s", probe, got)
		}
	}
}

// The Pod Security Standard "restricted", and what it leaves open.
func TestManifestsAreRestricted(t *testing.T) {
	t.Parallel()
	pod := manifest(t, "deployment.yaml").at("spec.template.spec")
	for field, want := range map[string]string{
		"securityContext.runAsNonRoot":                          "true",
		"securityContext.seccompProfile.type":                   "RuntimeDefault",
		"automountServiceAccountToken":                          "false",
		"enableServiceLinks":                                    "false",
		"hostNetwork":                                           "",
		"containers.0.securityContext.allowPrivilegeEscalation": "false",
		"containers.0.securityContext.readOnlyRootFilesystem":   "true",
		"containers.0.securityContext.capabilities":             "map[drop:[ALL]]",
		"containers.0.volumeMounts.0.readOnly":                  "true",
		"containers.1":                                          "",
	} {
		if got := pod.at(field).text(); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if pod.at("securityContext.fsGroup").text() != pod.at("securityContext.runAsGroup").text() {
		t.Error("the server is not in the group that may read the Secret")
	}
	text := read(t, filepath.Join(manifestDir, "deployment.yaml"))
	if !strings.Contains(text, "\n            defaultMode: 0440\n") {
		t.Error("the Secret can be read by others, which the server refuses")
	}
	policy := manifest(t, "networkpolicy.yaml").at("spec")
	if policy.at("policyTypes").text() != "[Ingress Egress]" || len(policy.at("egress").list()) != 0 {
		t.Error("the server may connect to others")
	}
	for _, rule := range policy.at("ingress").list() {
		if open := rule.at("from").text() == ""; open != (rule.at("ports").text() == "[map[port:ssh]]") {
			t.Errorf("the policy lets in %s", rule.text())
		}
	}
}
