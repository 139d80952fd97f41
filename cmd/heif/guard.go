//go:build heic && !nodynamic

package heif

// Without the tag nodynamic the modules that the WebAssembly comes from load the system's libheif and libavif when the
// program starts. That must not happen unnoticed, so such a build stops here.
var _ = the_tag_heic_needs_the_tag_nodynamic_too
