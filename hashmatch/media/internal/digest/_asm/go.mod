module github.com/hashmatch/engine/hashmatch/media/internal/digest/_asm

go 1.26.0
