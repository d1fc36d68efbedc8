package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

// complete fills in the settings that no flag has set: from the environment,
// and below it from the configuration file. One set of declarations, the
// flags, checks all three, so a value is right or wrong wherever it stands;
// the error names the setting, the value, and where it came from.
func complete(fs *pflag.FlagSet, environ []string) error {
	env := make(map[string]string)
	for _, pair := range environ {
		// An empty value counts as unset: a compose file cannot unset a variable.
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			env[name] = value
		}
	}
	if err := noStrangers(fs, env); err != nil {
		return err
	}
	// From weak to strong; a flag that was given is never overwritten.
	if path := configPath(fs, env); path != "" {
		if err := applyFile(fs, path, env); err != nil {
			return err
		}
	}
	var err error
	fs.VisitAll(func(f *pflag.Flag) {
		value, ok := env[envName(f.Name)]
		if !ok || f.Changed || err != nil {
			return
		}
		if wrong := f.Value.Set(value); wrong != nil {
			err = fmt.Errorf("setting %s: %q in the environment's %s: %w", f.Name, withoutPasswords(value), envName(f.Name), wrong)
		}
		cameFrom(f, "environment "+envName(f.Name))
	})
	return err
}

// withoutPasswords returns the value of a setting for display: the user and password before the @ of addresses
// are removed.
func withoutPasswords(value string) string {
	return regexp.MustCompile(`://[^/@\s]*@`).ReplaceAllString(value, "://…@")
}

// originKey is the annotation of a flag that says where its value came from.
const originKey = "sshblog-origin"

// cameFrom notes where a setting's value came from.
func cameFrom(f *pflag.Flag, origin string) {
	if f.Annotations == nil {
		f.Annotations = make(map[string][]string)
	}
	f.Annotations[originKey] = []string{origin}
}

// originOf says where a setting's value came from, once complete has run.
func originOf(f *pflag.Flag) string {
	switch noted := f.Annotations[originKey]; {
	case f.Changed:
		return "flag --" + f.Name
	case len(noted) > 0:
		return noted[0]
	default:
		return "default"
	}
}

// envPrefix is what the environment's names of settings begin with.
const envPrefix = "SSHBLOG_"

// noStrangers returns an error for a variable that looks like a setting but is none: a misspelt one would leave
// a limit at its default unnoticed.
//
// Kubernetes and old links of Docker set variables for a service that is named sshblog. No setting looks like
// these.
func noStrangers(fs *pflag.FlagSet, env map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		setting, ok := strings.CutPrefix(name, envPrefix)
		if !ok || strings.HasPrefix(setting, "SERVICE_") || strings.HasPrefix(setting, "PORT_") ||
			strings.HasPrefix(env[name], "tcp://") || strings.HasPrefix(env[name], "udp://") {
			continue
		}
		if f := fs.Lookup(strings.ToLower(strings.ReplaceAll(setting, "_", "-"))); f == nil || f.Name == "help" || envName(f.Name) != name {
			return fmt.Errorf("there is no setting for %s in the environment; sshblog serve --help lists those there are", strconv.Quote(name))
		}
	}
	return nil
}

// envName is the environment's name for a setting.
func envName(setting string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

func configPath(fs *pflag.FlagSet, env map[string]string) string {
	f := fs.Lookup("config")
	if f == nil {
		return ""
	}
	if path, ok := env[envName("config")]; ok && !f.Changed {
		return path
	}
	return f.Value.String()
}

// maxConfig is the largest configuration file that is read, in bytes.
const maxConfig = 1 << 20

// readConfig reads a configuration file. It refuses what is no regular file, which may never end.
func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()                        // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1)) //nolint:forbidigo // a file of the operator, of which no more is read than it may have
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes: set the file that has the settings", path, maxConfig)
	}
	return text, err
}

// configError adds advice to the error for a configuration file that cannot be read.
func configError(err error) error {
	err = fmt.Errorf("setting config: %w", err)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: make the file, or set the one that has the settings", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: let this user read it (chmod a+r)", err)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%w: set the file in it that has the settings", err)
	}
	return err
}

// applyFile sets what the file says and no stronger source does.
func applyFile(fs *pflag.FlagSet, path string, env map[string]string) error {
	text, err := readConfig(path)
	if err != nil {
		return configError(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w: want settings as \"name: value\", one a line", path, flat(err))
	}
	if len(doc.Content) == 0 {
		return nil // an empty file sets nothing
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: want settings as \"name: value\", one a line", path, top.Line)
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, val := top.Content[i], top.Content[i+1]
		name := strings.ReplaceAll(key.Value, "_", "-")
		f := fs.Lookup(name)
		switch {
		case f == nil || name == "config" || name == "help":
			return fmt.Errorf("%s:%d: there is no setting %q; sshblog serve --help lists them", path, key.Line, key.Value)
		case seen[name]:
			return fmt.Errorf("%s:%d: setting %s stands here a second time; remove one", path, key.Line, name)
		}
		seen[name] = true
		value, err := scalar(val)
		if err == nil {
			_, inEnv := env[envName(name)]
			if f.Changed || inEnv {
				continue
			}
			err = f.Value.Set(value)
			cameFrom(f, fmt.Sprintf("file %s:%d", path, val.Line))
		}
		if err != nil {
			return fmt.Errorf("setting %s: %q at %s:%d: %w", name, withoutPasswords(value), path, val.Line, err)
		}
	}
	return nil
}

// scalar returns a value as it stands in the file; a list is joined by commas.
func scalar(n *yaml.Node) (string, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value, nil
	case yaml.SequenceNode:
		parts := make([]string, 0, len(n.Content))
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return "", errors.New("want a list of simple values")
			}
			parts = append(parts, item.Value)
		}
		return strings.Join(parts, ","), nil
	default:
		return "", errors.New("want a simple value")
	}
}

// flat makes one line of an error, as yaml's can have several.
func flat(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
