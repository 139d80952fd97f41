//go:build heic && nodynamic

package heif

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
func rss() string {
	b, _ := os.ReadFile("/proc/self/status")
	s := ""
	for _, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(l, "VmHWM") || strings.HasPrefix(l, "VmRSS") {
			s += strings.Join(strings.Fields(l), " ") + " "
		}
	}
	return s
}
func TestCPU(t *testing.T) {
	fmt.Println("start", rss())
	for _, f := range []string{"p00.heic", "p00t.avif"} {
		data, err := os.ReadFile("/tmp/pics/" + f)
		if err != nil {
			t.Fatal(err)
		}
		d := decoder(t, Options{}, f[strings.Index(f, ".")+1:])
		for _, m := range modules {
			_ = m
		}
		c := hevc
		if strings.HasSuffix(f, "avif") {
			c = av1
		}
		c0, w0 := cpu(), time.Now()
		modules[c].compile()
		fmt.Println("compile cpu", cpu()-c0, "wall", time.Since(w0), rss())
		runtime.GC()
		p, _ := newPlan(data, both, false)
		fmt.Println(p.view, p.decode.width, p.decode.height, len(data))
		for range 3 {
			c0 = cpu()
			for range 50 {
				in, _ := modules[c].open(context.Background(), 8<<20)
				in.close()
			}
			fmt.Println("open+close", (cpu()-c0)/50)
			c0 = cpu()
			w0 = time.Now()
			for range 50 {
				if _, _, err := decode(context.Background(), d, data); err != nil {
					t.Fatal(err)
				}
			}
			fmt.Println("thumbnail cpu", (cpu()-c0)/50, "wall", time.Since(w0)/50, rss())
		}
	}
	if os.Getenv("FULL") != "" {
		for _, f := range []string{"p00.heic", "p00t.avif"} {
			data, _ := os.ReadFile("/tmp/pics/" + f)
			d := decoder(t, Options{Thorough: true}, f[strings.Index(f, ".")+1:])
			for range 3 {
				c0, w0 := cpu(), time.Now()
				if _, _, err := decode(context.Background(), d, data); err != nil {
					t.Fatal(err)
				}
				fmt.Println(f, "full cpu", cpu()-c0, "wall", time.Since(w0), rss())
			}
		}
	}
}
