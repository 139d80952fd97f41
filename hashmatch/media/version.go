package media

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/hashmatch/engine/hashmatch/media/internal/digest"
)

// DigestWay names what computes the digests in this process: "stitched" for this package's own loop, which runs where the
// processor has instructions for SHA and its self-test has passed, or "standard" for the standard library. The digests are
// the same.
func DigestWay() string { return digest.Way() }

// goVersion is the version of the standard library's decoders, without the experiments that may follow it.
var goVersion, _, _ = strings.Cut(runtime.Version(), " ")

// xVersion is " " and the version of golang.org/x/image, nothing where the build does not say.
var xVersion = moduleVersion("golang.org/x/image")

func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == path {
			if m.Replace != nil {
				m = m.Replace
			}
			return " " + m.Version
		}
	}
	return ""
}
