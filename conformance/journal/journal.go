// Package journal keeps on disk what a run is about to create, before it creates it, so
// that another process can take it back after a kill. A journal is a file of JSON
// lines; it holds ids and names, and no secret.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/twinbill/twinbill/openapi"

	"github.com/twinbill/twinbill/internal/exact"
)

// version is that of the file's form.
const version = 1

// Header is the first line: where a run wrote to.
type Header struct {
	Version    int           `json:"twinbill_journal"`
	Target     string        `json:"target"`                // base URL; empty where a target file says it
	TargetFile string        `json:"target_file,omitempty"` // absolute path
	APIs       []openapi.API `json:"apis,omitempty"`        // those that were verified; none means all of the target's
	Seed       uint64        `json:"seed"`
	Run        string        `json:"run"` // sets the run apart from others with its seed; New makes it up
	Started    time.Time     `json:"started"`
	Key        []byte        `json:"-"` // seals the journal; who has it can change the file unnoticed
}

// The ways in which an entry can be over.
const (
	Refused = "refused" // the target refused the request, so there is nothing to undo
	Undone  = "undone"
	Residue = "residue" // it could not be taken back, and was reported
)

// line is any line but the first.
type line struct {
	Entry    int       `json:"entry,omitempty"`
	At       time.Time `json:"at"`
	Undo     *Undo     `json:"undo,omitempty"`
	Answered int       `json:"answered,omitempty"`
	Over     string    `json:"over,omitempty"`
	List     string    `json:"list,omitempty"`     // operationId
	As       string    `json:"as,omitempty"`       // whose list
	Existing []string  `json:"existing,omitempty"` // ids in that list before the run created anything
	Deletes  []string  `json:"deletes,omitempty"`  // ids that a request to delete names

	Pending map[string]string `json:"pending,omitempty"` // what a request that nothing takes back is about to write, in words
	Settled []string          `json:"settled,omitempty"` // what is not pending any more
	Kept    map[string]string `json:"kept,omitempty"`    // what was written, and stays
}

// Journal is a journal that is being written. A nil one writes nothing.
type Journal struct {
	name   string
	header Header
	mu     sync.Mutex
	file   *os.File // nil until something is written
	lock   *flock.Flock
	at     int64 // where the next line goes: over the seal
	seal   seal
	last   int
	open   int
	err    error
}

// New prepares a journal in a file that must not be there yet. The file appears with
// the first entry; it errs where it could not.
func New(name string, h Header) (*Journal, error) {
	file, err := create(name)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s is there already, perhaps from a run that was killed; finish it with `twinbill cleanup --journal %s`, or name another file", name, name)
	}
	if err != nil {
		return nil, err
	}
	h.Version, h.Run = version, fmt.Sprintf("%08x", rand.Uint32())
	return &Journal{name: name, header: h, lock: flock.New(name)}, errors.Join(file.Close(), os.Remove(name))
}

func create(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Name is the journal's file; empty for a nil journal.
func (j *Journal) Name() string {
	if j == nil {
		return ""
	}
	return j.name
}

// Log writes down what is about to be done, and returns once it is on disk. The
// request may not be sent where it errs.
func (j *Journal) Log(u Undo) (entry int, err error) {
	if j == nil {
		return 0, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	if err := j.append(line{Entry: j.last, At: time.Now().UTC(), Undo: &u}, true); err != nil {
		return 0, err
	}
	j.open++
	return j.last, nil
}

// Answered adds what the answer told, such as an id.
func (j *Journal) Answered(entry, status int, u Undo) {
	if j == nil || entry == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.append(line{Entry: entry, At: time.Now().UTC(), Answered: status, Undo: &u}, false)
}

// End notes that nothing remains to be done for an entry, and why.
func (j *Journal) End(entry int, how string) {
	if j == nil || entry == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if how != Residue {
		j.open--
	}
	_ = j.append(line{Entry: entry, At: time.Now().UTC(), Over: how}, false)
}

// Found writes down the ids that a list held before the run created anything, so that
// none of them is ever taken for the run's own.
func (j *Journal) Found(list, as string, ids []string) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(line{At: time.Now().UTC(), List: list, As: as, Existing: ids}, true)
}

// Deleting writes down what a request to delete names, before it is sent: where a kill
// comes before its end, what is then not listed any more is gone.
func (j *Journal) Deleting(ids []string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.append(line{At: time.Now().UTC(), Deletes: ids}, false)
}

// Pending writes down, in words, what a request is about to write that nothing takes back.
// It may not be sent where it errs.
func (j *Journal) Pending(words map[string]string) error {
	if j == nil || len(words) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(line{At: time.Now().UTC(), Pending: words}, true)
}

// Settled notes that what was pending is answered: it was refused, or is kept.
func (j *Journal) Settled(words map[string]string) {
	if j == nil || len(words) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.append(line{At: time.Now().UTC(), Settled: slices.Sorted(maps.Keys(words))}, false)
}

// Keep writes down, in words, what was written and stays.
func (j *Journal) Keep(words map[string]string) {
	if j == nil || len(words) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.append(line{At: time.Now().UTC(), Kept: words}, false)
}

// Stored notes that what was refused, or taken back, is there all the same.
func (j *Journal) Stored(entry int, u Undo) {
	if j == nil || entry == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open++
	_ = j.append(line{Entry: entry, At: time.Now().UTC(), Undo: &u}, false)
}

// Close ends the journal and removes its file where everything in it is over. It reports
// whether the file remains.
func (j *Journal) Close() (remains bool, err error) {
	if j == nil {
		return false, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return false, j.err
	}
	err = errors.Join(j.err, j.file.Close())
	if j.open == 0 {
		err = errors.Join(err, os.Remove(j.name))
	}
	return j.open > 0, errors.Join(err, j.lock.Close())
}

// append adds a line, the header before the first. Each is one write with the seal, so
// that a kill leaves at most the last one broken.
func (j *Journal) append(l line, sync bool) error {
	if j.err != nil {
		return j.err
	}
	if j.file == nil {
		if j.file, j.err = create(j.name); j.err == nil {
			j.err = hold(j.lock, j.name)
			j.put(j.header)
		}
	}
	j.put(l)
	if j.err == nil && sync {
		j.err = j.file.Sync()
	}
	if j.err != nil {
		j.err = fmt.Errorf("the undo log cannot be written: %w", j.err)
	}
	return j.err
}

func (j *Journal) put(v any) {
	if j.err != nil {
		return
	}
	data, err := json.Marshal(v)
	if err == nil {
		data = append(data, '\n')
		next := j.seal.next(j.header.Key, data)
		if _, err = j.file.WriteAt(append(slices.Clone(data), next.line()...), j.at); err == nil {
			j.at, j.seal = j.at+int64(len(data)), next
		}
	}
	j.err = err
}

// Contents is what a journal says.
type Contents struct {
	Header   Header
	Open     []Entry                        // what is not over, in the order in which it was done
	Existing map[string]map[string][]string // list → whose → ids that were there before
	Refused  []Undo                         // creates that the target refused
	Deleted  []string                       // ids that requests to delete named, answered or not
	Kept     map[string]string              // what was written and stays, in words
	Pending  map[string]string              // what may have been
	Ends     bool                           // the last line is the seal of all before it: nothing was cut off
	Sealed   bool                           // and it was made with the key: nothing was changed

	all  map[int]Undo // by entry
	seal seal         // of the lines that were read
	size int64        // of them, in bytes
}

// Entry is one request that may have to be taken back.
type Entry struct {
	Number   int
	Undo     Undo
	Answered bool // an answer was seen; else the request may never have arrived
}

// Header returns where the run of a journal wrote to.
func (j *Journal) Header() Header { return j.header }

// Read reads a journal, without a key. A last line that a kill left
// broken is passed over; the entry it would have begun was not sent.
func Read(name string) (*Contents, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, data)
}

// Parse reads the text of a journal, without a key.
func Parse(name string, data []byte) (*Contents, error) { return parse(name, data, nil) }

func parse(name string, data, key []byte) (*Contents, error) {
	c := &Contents{Existing: map[string]map[string][]string{}, Kept: map[string]string{}, Pending: map[string]string{}, all: map[int]Undo{}}
	reader, offset := bufio.NewReader(bytes.NewReader(data)), int64(0)
	for number := 1; ; number++ {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if number == 1 {
				return nil, fmt.Errorf("%s: not a journal of twinbill, or one that was killed before it had an entry; then nothing was created, and the file can go", name)
			}
			return c, nil
		}
		offset += int64(len(text))
		if end, is := sealOf(text); is && number > 1 {
			c.Ends, c.Sealed = end.Lines == c.seal.Lines, end.same(c.seal)
			continue
		}
		c.Ends, c.Sealed = false, false
		c.seal, c.size = c.seal.next(key, text), offset
		if number == 1 {
			if json.Unmarshal(text, &c.Header) != nil || c.Header.Version == 0 {
				return nil, fmt.Errorf("%s:1: not a journal of twinbill", name)
			}
			if c.Header.Version != version {
				return nil, fmt.Errorf("%s:1: a journal of form %d, which this version does not read; take the version that wrote it", name, c.Header.Version)
			}
			continue
		}
		var l line
		if err := exact.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("%s:%d: not a line of a journal: %w", name, number, err)
		}
		if err := c.add(l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
}

func (c *Contents) add(l line) error {
	if l.List != "" {
		if c.Existing[l.List] == nil {
			c.Existing[l.List] = map[string][]string{}
		}
		c.Existing[l.List][l.As] = l.Existing
		return nil
	}
	if l.Deletes != nil {
		c.Deleted = append(c.Deleted, l.Deletes...)
		return nil
	}
	if l.Pending != nil || l.Settled != nil || l.Kept != nil {
		maps.Copy(c.Pending, l.Pending)
		maps.Copy(c.Kept, l.Kept)
		for _, key := range l.Settled {
			delete(c.Pending, key)
		}
		return nil
	}
	if l.Undo != nil {
		c.all[l.Entry] = *l.Undo
	}
	if refused, known := c.all[l.Entry]; l.Over == Refused && known {
		c.Refused = append(c.Refused, refused)
	}
	i := slices.IndexFunc(c.Open, func(e Entry) bool { return e.Number == l.Entry })
	switch {
	case l.Over != "" && l.Over != Residue && i >= 0:
		c.Open = slices.Delete(c.Open, i, i+1)
	case l.Over != "":
	case l.Undo == nil || l.Entry == 0:
		return errors.New("neither an entry nor the end of one")
	case i >= 0:
		c.Open[i].Undo, c.Open[i].Answered = *l.Undo, true
	default:
		c.Open = append(c.Open, Entry{Number: l.Entry, Undo: *l.Undo})
	}
	return nil
}

// hold takes the lock of a journal, which one process has at a time.
func hold(lock *flock.Flock, name string) error {
	free, err := lock.TryLock()
	if err == nil && !free {
		err = fmt.Errorf("%s is being written by a run, or a clean-up, that goes on; wait for its end", name)
	}
	return err
}

// Reopen reads a journal and goes on writing it, to note what is over. The key is that of
// the run. A broken last line goes. It errs where another process is writing the journal.
func Reopen(name string, key []byte) (*Journal, *Contents, error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDWR))
	if err := hold(lock, name); err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	c, err := parse(name, data, key)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	c.Header.Key = key
	j, err := reopen(name, c)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	j.lock = lock
	return j, c, nil
}

func reopen(name string, c *Contents) (*Journal, error) {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	last := 0
	for _, e := range c.Open {
		last = max(last, e.Number)
	}
	j := &Journal{name: name, header: c.Header, file: file, at: c.size, seal: c.seal, last: last, open: len(c.Open)}
	if !c.Sealed { // what was cut off or changed is not to look whole now
		j.seal.Digest, j.open = []byte("broken"), j.open+1
		return j, file.Truncate(c.size)
	}
	return j, nil
}
