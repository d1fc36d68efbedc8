package command

import (
	"path"
	"slices"
	"strings"
)

// adviceFor returns advice for a person whose program has sent a command, or "". files says whether files can
// be copied, and authors whether there is a repository.
func adviceFor(command string, files, authors bool) string {
	if authors && strings.HasPrefix(path.Base(command), "git-lfs-") {
		return "git-lfs is not served, pictures are pushed as they are: git lfs uninstall --local: "
	}
	switch path.Base(command) {
	case "mosh-server":
		return "mosh does not work here, ssh does: "
	case "scp", "sftp", "sftp-server", "internal-sftp", "rsync", "unison", "sshfs", "tar":
		if files {
			return "to copy files, use scp or sftp instead of ssh: "
		}
		return "no files can be copied: "
	case "git", "git-upload-pack", "git-upload-archive", "git-receive-pack", "git-lfs-authenticate", "git-lfs-transfer", "hg", "svnserve", "cvs", "bzr", "borg", "restic":
		if authors {
			return "authors have a repository, ssh://HOST/posts: "
		}
		return "there is no repository here: "
	case "sh", "bash", "zsh", "fish", "ash", "dash", "ksh", "csh", "tcsh", "exec", "eval", "env", "command", "python", "python3", "perl", "powershell", "cmd":
		// Also what "kitten ssh" of kitty and others send before they show anything.
		return "there is no shell here; if ssh stands for another program, such as \"kitten ssh\", use ssh itself (command ssh HOST): "
	default:
		return ""
	}
}

// scpRefusal is an answer in scp's protocol, where a line after a 2 is a fatal error: curl and other users of
// libssh2 take any other answer for an empty file, or for a file that was sent.
const scpRefusal = "\x02sshblog: no files can be copied; read the blog with ssh HOST\n"

// speaksSCP reports whether a command is the other end of scp's protocol, to send files
// (-f) or to take them (-t). Options come alone or joined, as in "scp -pf FILE".
func speaksSCP(words []string) bool {
	if path.Base(words[0]) != "scp" {
		return false
	}
	return slices.ContainsFunc(words[1:], func(word string) bool {
		return len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.ContainsAny(word, "ft")
	})
}
