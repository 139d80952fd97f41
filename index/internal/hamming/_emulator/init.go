// Command init is the first and only process of the emulated machine: it runs /test with the arguments in /args, says how
// that ended, and turns the machine off.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func main() {
	for dir, kind := range map[string]string{"/proc": "proc", "/dev": "devtmpfs", "/tmp": "tmpfs"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			fmt.Println(err)
		}
		if err := syscall.Mount(kind, dir, kind, 0, ""); err != nil {
			fmt.Println(kind, err)
		}
	}
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if strings.HasPrefix(line, "model name") {
			fmt.Print(line)
		}
	}
	args, _ := os.ReadFile("/args")
	test := exec.Command("/test", strings.Fields(string(args))...)
	test.Dir, test.Env = "/tmp", []string{"HOME=/tmp"}
	test.Stdout, test.Stderr = os.Stdout, os.Stderr
	if err := test.Run(); err != nil {
		fmt.Println("emulator: failed:", err)
	} else {
		fmt.Println("emulator: passed")
	}
	time.Sleep(2 * time.Second) // until the serial line has sent it all
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
}
