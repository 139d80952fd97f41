module idctasm

go 1.26
