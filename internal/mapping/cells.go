package mapping

import (
	"encoding/binary"

	"syncd/internal/record"
)

// Fingerprint hashes the cells that the mapping reads: two rows with one
// fingerprint map to the same record, whatever stands in their other columns. It
// holds within one mapping and one choice of zones, but for any header. buf is
// scratch space that is returned grown.
func (b *Binding) Fingerprint(cells []string, buf []byte) (record.Fingerprint, []byte) {
	buf = buf[:0]
	for slot := range b.m.slots {
		i := b.index[slot]
		if i >= len(cells) {
			buf = append(buf, 0)
			continue
		}
		text := cells[i] // raw: a NULL is no empty cell
		buf = binary.AppendUvarint(buf, uint64(len(text))+1)
		buf = append(buf, text...)
	}
	return record.FingerprintBytes(buf), buf
}
