package plaintext

import "strconv"

// Count writes a number of things whose plural ends in s: "1 post", "41 posts".
func Count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
