bin := bin/hashmatch

# The tool with its decoders for HEIC and AVIF, which a plain go build leaves out: some of what they carry is under the
# LGPL (cmd/heif/LICENSES.md).
.PHONY: build test
build:
	CGO_ENABLED=0 go build -trimpath -tags "heic nodynamic" -o $(bin) ./cmd/hashmatch

test:
	go test ./... ./cmd/...
