// Package push publishes what authors send: all ways to publish are one pipeline. A [Transfer] is
// staged in files of the state folder, checked as "sshblog check" does it, kept as one version in a
// [Store], and written into the posts folder; then the posts are read again.
//
// # What holds at every moment
//
// The posts folder is a checkout of the store's newest version. What was changed in it by hand is
// kept as a version of its own before anything is published, so that a publish never overwrites
// what is in no version. A transfer is published whole or not at all: its files are on the disk of
// the posts folder, under names that nothing reads, before the store has the version, and are only
// renamed afterwards. A mark in the state folder tells that this is under way. Whoever finds it
// (the next publish, or the next start) removes the temporary files if the store does not have the
// version, and otherwise completes the checkout, but leaves what differs from both versions.
//
// No single file stops publishing. A file that cannot be read stays in the version as it was. A
// change in a folder that cannot be written is refused before the version is made. A file that
// cannot be written after that stays as it is in the folder, as if it had been changed by hand.
//
// A lock on a file keeps processes apart that share the state folder, as during an upgrade.
package push
