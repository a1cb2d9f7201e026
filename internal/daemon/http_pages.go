package daemon

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
)

// handler is all that is served while addr is listened on.
func (s *HTTPServer) handler(addr string) http.Handler {
	pages := http.NewServeMux()
	list := "/healthz  is the service alive\n/readyz   can it do its work, and why not\n"
	pages.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		writeVerdict(w, r, aliveVerdict(s.late()), "alive", "hanging")
	})
	pages.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		h, err := s.desk.health(r.Context())
		writeVerdict(w, r, readyVerdict(s.late(), h, err), "ready", "not ready")
	})
	if s.cfg.Metrics != nil {
		pages.Handle("/metrics", s.cfg.Metrics)
		list += "/metrics  numbers for Prometheus\n"
	}
	pages.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, list)
	})
	return guardRequests(addr, pages)
}

func (s *HTTPServer) late() []LatePart {
	if s.cfg.Pulse == nil {
		return nil
	}
	return s.cfg.Pulse.Late()
}

// guardRequests lets through what only looks, and only under a name of this
// machine: a page on the internet whose name was made to lead to 127.0.0.1 is
// asked for by that name (DNS rebinding).
func guardRequests(addr string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		switch {
		case !isOurName(r.Host, addr):
			http.Error(w, "this service answers to localhost only", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "this service is only looked at", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isOurName compares names only: a forwarded port is no stranger.
func isOurName(host, listen string) bool {
	name := bareHost(host)
	switch name {
	case "":
		return false
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	own := bareHost(listen)
	return strings.EqualFold(name, own)
}

// bareHost is a host without port and brackets, in lower case.
func bareHost(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
		if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
			host = host[1 : len(host)-1]
		}
	}
	return strings.ToLower(host)
}

func writeVerdict(w http.ResponseWriter, r *http.Request, v verdict, good, bad string) {
	code := http.StatusOK
	if !v.OK {
		code = http.StatusServiceUnavailable
	}
	if wantsJSON(r.Header) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	v.writeText(w, good, bad)
}

// wantsJSON: who names it gets it; weights are not worth a parser here.
func wantsJSON(h http.Header) bool {
	for _, accept := range h.Values("Accept") {
		for part := range strings.SplitSeq(accept, ",") {
			kind, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "application/json") {
				return true
			}
		}
	}
	return false
}
