#!/bin/sh
# Builds the FAISS program with FAISS's own inner loops compiled for this processor: Debian builds its library for
# processors without popcount instructions. The sources are Debian's, by apt-get source, and nothing of the system is
# changed; what is no inner loop still comes from libfaiss.
#
#   native.sh FAISS.CPP DIRECTORY OUTPUT
set -eu
program=$(realpath "$1")
out=$(realpath -m "$3")
mkdir -p "$2/lists/partial"
cd "$2"
dir=$PWD

if ! [ -d source/faiss ]; then
  # The sources are where the library came from.
  apt-cache policy libfaiss-dev | awk '$2 ~ /^http/ { sub("/.*", "", $3); print "deb-src", $2, $3, "main"; exit }' >sources.list
  apt() { apt-get -qq -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists" "$@"; }
  apt update
  apt source --download-only faiss
  rm -rf source
  mkdir source
  tar xzf faiss_*.orig.tar.gz -C source --strip-components=1
fi

# The library's symbols of the same names are not used where the program has its own.
${CXX:-g++} -std=c++17 -O3 -march=native -fopenmp -DNDEBUG -DFINTEGER=int -Isource -o "$out" "$program" \
  source/faiss/IndexBinary.cpp source/faiss/IndexBinaryFlat.cpp source/faiss/IndexBinaryHash.cpp \
  source/faiss/utils/hamming.cpp -lfaiss -llapack -lblas
