package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Proof says which files beside an export prove that it is whole. The zero
// value asks for none.
type Proof struct {
	Manifest  bool // <name>.manifest tells size and number of rows
	ReadyFile bool // <name>.ready is written after the export
}

// The endings of the files beside an export; they follow its whole name, as in
// clients.csv.manifest.
const (
	ManifestExt = ".manifest"
	ReadyExt    = ".ready"
)

// Reasons of a FormatError that a manifest gives.
const (
	BadManifest      Malformed = "bad-manifest"      // it cannot be read
	ManifestMismatch Malformed = "manifest-mismatch" // it tells of another file than the one beside it
)

const manifestLimit = 64 << 10 // bytes

// Companions lists the files that belong to an export.
func (p Proof) Companions(path string) []string {
	var out []string
	if p.Manifest {
		out = append(out, path+ManifestExt)
	}
	if p.ReadyFile {
		out = append(out, path+ReadyExt)
	}
	return out
}

// Companion reports whether a path is a file beside an export and no export.
func (p Proof) Companion(path string) bool {
	return p.Manifest && strings.HasSuffix(path, ManifestExt) || p.ReadyFile && strings.HasSuffix(path, ReadyExt)
}

// Declared is what the files beside an export tell of it.
type Declared struct {
	Rows int // -1 = not told

	name string
}

// CheckRows compares the declared rows with those read: a *FormatError
// (ManifestMismatch) when they differ.
func (d Declared) CheckRows(rows int) error {
	if d.Rows < 0 || d.Rows == rows {
		return nil
	}
	return mismatch(d.name, "rows", int64(rows), int64(d.Rows))
}

// Check looks at the files beside an export before it is read; id is the export
// as it settled, name how messages call it. A missing companion is a
// *NotReadyError under the companion's name, a ready file older than the export
// one of the export (BeingWritten): it belongs to the export before. A manifest
// that cannot be read, or tells of another size or content, is a *FormatError.
func (p Proof) Check(ctx context.Context, path, name string, id Identity) (Declared, error) {
	d := Declared{Rows: -1, name: name}
	if p.ReadyFile {
		ready, err := Look(path + ReadyExt)
		if err != nil {
			return d, noCompanion(err, name+ReadyExt, "ready_file")
		}
		if ready.Modified.Before(id.Modified) {
			return d, &NotReadyError{Name: name, Reason: BeingWritten, Err: ErrOlderReady}
		}
	}
	if !p.Manifest {
		return d, nil
	}
	m, err := readManifest(path+ManifestExt, name+ManifestExt)
	if err != nil {
		return d, err
	}
	if m.bytes != id.Size {
		return d, mismatch(name, "bytes", id.Size, m.bytes)
	}
	if m.sum != "" {
		if err := checkSum(ctx, path, name, m.sum); err != nil {
			return d, err
		}
	}
	d.Rows = m.rows
	return d, nil
}

// Accompanied reports whether the files beside an export are there and belong to it,
// as far as their times and the size that a manifest tells show it: whether reading
// it is worth a try. A manifest that is newer than the export counts whatever it tells.
func (p Proof) Accompanied(path string) bool {
	export, err := Look(path)
	if err != nil {
		return false
	}
	for _, beside := range p.Companions(path) {
		found, err := Look(beside)
		if err != nil {
			return false
		}
		if !found.Modified.Before(export.Modified) {
			continue
		}
		if beside != path+ManifestExt {
			return false
		}
		if m, err := readManifest(beside, beside); err != nil || m.bytes != export.Size {
			return false
		}
	}
	return true
}

// ErrOlderReady says that the ready file beside an export belongs to an older one.
var ErrOlderReady = errors.New("its ready file is older than the file itself: write it last")

func noCompanion(err error, name, key string) error {
	var e *NotReadyError
	if errors.As(err, &e) {
		e.Name = name
		if e.Err == nil {
			e.Err = fmt.Errorf("`complete: {%s: true}` asks for it", key)
		}
	}
	return err
}

func mismatch(name, what string, found, declared int64) error {
	return &FormatError{Name: name, Reason: ManifestMismatch, Err: &CountError{What: what, Found: found, Declared: declared}}
}

// CountError says that an export holds another number of "rows" or "bytes" than
// its manifest declares.
type CountError struct {
	What            string
	Found, Declared int64
}

func (e *CountError) Error() string {
	return fmt.Sprintf("%d %s, its manifest says %d", e.Found, e.What, e.Declared)
}

// checkSum compares the content with a SHA-256 in hexadecimal digits.
func checkSum(ctx context.Context, path, name, want string) error {
	f, _, err := openRegular(path)
	if err != nil {
		return err
	}
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for err == nil {
		if err = ctx.Err(); err != nil {
			break
		}
		var n int
		n, err = f.Read(buf)
		h.Write(buf[:n])
	}
	cerr := f.Close()
	if !errors.Is(err, io.EOF) || cerr != nil {
		return fmt.Errorf("read %s: %w", name, errors.Join(err, cerr))
	}
	if hex.EncodeToString(h.Sum(nil)) != want {
		return &FormatError{Name: name, Reason: ManifestMismatch, Detail: "its content is not what the SHA-256 of its manifest says"}
	}
	return nil
}

// manifest is the content of a .manifest file.
type manifest struct {
	bytes int64
	rows  int
	sum   string // SHA-256, small hexadecimal digits; "" = not told
}

func readManifest(path, name string) (manifest, error) {
	f, id, err := openRegular(path)
	if err != nil {
		return manifest{}, noCompanion(err, name, "manifest")
	}
	text, err := io.ReadAll(io.LimitReader(f, manifestLimit+1))
	if cerr := f.Close(); err != nil || cerr != nil {
		return manifest{}, fmt.Errorf("read %s: %w", name, errors.Join(err, cerr))
	}
	if id.Size > manifestLimit || len(text) > manifestLimit {
		return manifest{}, &FormatError{Name: name, Reason: FileTooLarge, Detail: fmt.Sprintf("%d bytes, limit %d", id.Size, manifestLimit)}
	}
	m, err := parseManifest(text)
	if err != nil {
		return m, &FormatError{Name: name, Reason: BadManifest, Detail: err.Error()}
	}
	return m, nil
}

// parseManifest reads a JSON object, or lines "name: value" or "name=value".
// Names that it does not know are passed over.
func parseManifest(raw []byte) (manifest, error) {
	m := manifest{bytes: -1, rows: -1}
	text := manifestText(raw)
	pairs, err := manifestLines(text)
	if strings.HasPrefix(text, "{") {
		pairs, err = manifestJSON(text)
	}
	if err != nil {
		return m, err
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		kind := manifestNames[FoldName(p[0])]
		if kind == "" {
			continue
		}
		if seen[kind] {
			return m, fmt.Errorf("%s is told twice", kind)
		}
		seen[kind] = true
		if err := m.set(kind, p[1]); err != nil {
			return m, err
		}
	}
	if m.bytes < 0 || m.rows < 0 {
		return m, errors.New("it must tell bytes and rows")
	}
	return m, nil
}

// manifestNames are the names as FoldName has them.
var manifestNames = map[string]string{
	"bytes": "bytes", "size": "bytes", "байт": "bytes", "размер": "bytes",
	"rows": "rows", "строк": "rows", "строки": "rows", "всегострок": "rows",
	"sha256": "sha256",
}

func (m *manifest) set(kind, value string) error {
	if kind == "sha256" {
		sum := strings.ToLower(value)
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
			return errors.New("sha256 must be 64 hexadecimal digits")
		}
		m.sum = sum
		return nil
	}
	// Строка() of a number sets no-break spaces between groups of digits
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, value)
	n, err := strconv.ParseUint(digits, 10, 62)
	if err != nil {
		return fmt.Errorf("%s must be a whole number", kind)
	}
	if kind == "rows" {
		m.rows = int(n)
	} else {
		m.bytes = int64(n)
	}
	return nil
}

// manifestText decodes a small file in any of the encodings that exports have.
func manifestText(raw []byte) string {
	enc, bom := markedEncoding(raw)
	switch {
	case enc != "":
	case nulParity(raw) != "":
		enc = nulParity(raw)
	case utf8.Valid(raw):
		enc = UTF8
	default:
		enc = Windows1251
	}
	stream, as := utf8Stream(enc, bytes.NewReader(raw[bom:]))
	text, err := io.ReadAll(stream)
	if err != nil {
		return "" // bytes in memory: UTF-16 becomes text or U+FFFD
	}
	return strings.TrimSpace(newDecoder(as).lossy(text))
}

func manifestLines(text string) ([][2]string, error) {
	var pairs [][2]string
	for i, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.IndexAny(line, ":=")
		if at < 0 {
			return nil, fmt.Errorf("line %d is not `name: value`", i+1)
		}
		pairs = append(pairs, [2]string{strings.TrimSpace(line[:at]), strings.Trim(line[at+1:], "\" \t\u00a0")})
	}
	return pairs, nil
}

func manifestJSON(text string) ([][2]string, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return nil, errors.New("it begins as JSON and is none")
	}
	pairs := make([][2]string, 0, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var s string
		if json.Unmarshal(object[name], &s) != nil {
			s = string(object[name])
		}
		pairs = append(pairs, [2]string{name, s})
	}
	return pairs, nil
}
