package media

import (
	"runtime"
	"runtime/debug"
	"strings"
)

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
