package record

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Fingerprint is a 128-bit hash: of a record in canonical form, of a uid, or of
// the bytes of a raw row. It is no secret and no proof against an adversary;
// at a million records the chance of two meeting is about 1e-27.
type Fingerprint [16]byte

// IsZero reports whether the fingerprint was never set.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Parse reads what String wrote.
func (f *Fingerprint) Parse(text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(f) {
		return fmt.Errorf("%q is no fingerprint", text)
	}
	copy(f[:], b)
	return nil
}

// FingerprintOf hashes one text.
func FingerprintOf(text string) Fingerprint { return xxh3.HashString128(text).Bytes() }

// FingerprintBytes hashes bytes without keeping them.
func FingerprintBytes(b []byte) Fingerprint { return xxh3.Hash128(b).Bytes() }

// Fingerprint hashes the record's canonical values, in schema order. buf is
// scratch space that is returned grown, so that a loop allocates nothing. Two
// records of one schema with equal fingerprints need no write.
func (r *Record) Fingerprint(buf []byte) (Fingerprint, []byte) {
	buf = buf[:0]
	if r.Deleted {
		buf = append(buf, 1)
	} else {
		buf = append(buf, 0)
	}
	for _, v := range r.Values {
		// absent differs from blank: a field that the source stopped
		// delivering must be looked at, not assumed unchanged
		switch {
		case v.State == Absent:
			buf = append(buf, 0)
		case v.Blank():
			buf = append(buf, 1)
		default:
			buf = append(buf, 2)
			buf = binary.AppendUvarint(buf, uint64(len(v.Canon)))
			buf = append(buf, v.Canon...)
		}
	}
	return FingerprintBytes(buf), buf
}
