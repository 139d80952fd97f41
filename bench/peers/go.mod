module github.com/hashmatch/engine/bench/peers

go 1.26.0

require github.com/hashmatch/engine v0.0.0

replace github.com/hashmatch/engine => ../..
