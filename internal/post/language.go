package post

import (
	"path"
	"slices"
	"strings"
)

// languages are the codes of ISO 639-1, but for io, ts, ie and vo, which are more often the
// ending of a file or no language of a blog.
const languages = " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu " +
	"fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ig ii ik is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky " +
	"la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw " +
	"sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr tt tw ty ug uk ur uz ve vi wa wo xh yi yo za zh zu "

// Language returns the language that a name such as "es", "pt_BR" or "zh-Hans" stands for, in
// lower case and with '-', or "" if it stands for none. What a site calls its languages stands for
// itself, in lower case.
func Language(name string, own ...string) string {
	if lower := strings.ToLower(name); slices.Contains(own, lower) {
		return lower
	}
	if len(name) < 2 || len(name) > 10 {
		return ""
	}
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	base, region, split := strings.Cut(name, "-")
	if len(base) != 2 || strings.Contains(base, " ") || !strings.Contains(languages, " "+base+" ") || split && len(region) != 2 && len(region) != 4 && (len(region) != 3 || region >= "a") ||
		strings.ContainsFunc(region, func(r rune) bool { return r > 'z' || !isAlnum(byte(r)) }) { //nolint:gosec // at most 'z'
		return ""
	}
	return name
}

// SplitLanguage splits from a file's name what may be its language: "hello.es.md" is "hello.md" in
// "es". See Language for what a site calls its own.
func SplitLanguage(file string, own ...string) (rest, language string) {
	ext := path.Ext(file)
	name := strings.TrimSuffix(file, ext)
	suffix := path.Ext(name)
	if len(suffix) < 3 || strings.HasSuffix(strings.TrimSuffix(name, suffix), "/") || len(suffix) == len(name) {
		return file, ""
	}
	if language = Language(suffix[1:], own...); language == "" {
		return file, ""
	}
	return name[:len(name)-len(suffix)] + ext, language
}
