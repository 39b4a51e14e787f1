package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/sandbox"
)

// TestSnapshot takes snapshots between writes and goes back and forth: each stays what
// it was, whatever is written after a restore.
func TestSnapshot(t *testing.T) {
	sb := newSandboxes(t, nil).Get("a")
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	sb.Clock.Set(sandbox.Setting{Time: &at, Frozen: new(true)})
	kept := map[string][]string{}
	for _, name := range []string{"one", "two", "three"} {
		add(t, sb.Store(), name)
		kept[name] = customers(sb.Store())
		taken, err := sb.TakeSnapshot(name)
		if err != nil {
			t.Fatal(err)
		}
		if taken.Name != name || !taken.Taken.Equal(at) {
			t.Errorf("%+v", taken)
		}
	}
	for _, name := range []string{"one", "three", "two", "one"} {
		snapshot, ok := sb.Snapshot(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		sb.Replace(snapshot.State())
		if got := customers(sb.Store()); !slices.Equal(got, kept[name]) {
			t.Errorf("restored to %s: %v, want %v", name, got, kept[name])
		}
		add(t, sb.Store(), "later than "+name)
		if got := customers(snapshot.State()); !slices.Equal(got, kept[name]) {
			t.Errorf("a write to the sandbox reached the snapshot %s: %v", name, got)
		}
	}
}

// TestSnapshotNames looks for what the names of snapshots promise.
func TestSnapshotNames(t *testing.T) {
	sb := newSandboxes(t, nil).Get("a")
	take := func(name string) error { _, err := sb.TakeSnapshot(name); return err }
	names := func() []string {
		list := []string{}
		for _, s := range sb.Snapshots() {
			list = append(list, s.Name)
		}
		return list
	}
	for i := range sandbox.MostSnapshots {
		if err := take(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := take("7"); err == nil || !strings.Contains(err.Error(), `"7"`) {
		t.Errorf("a name that is taken: %v", err)
	}
	if err := take("one too many"); err == nil || !strings.Contains(err.Error(), "delete one first") {
		t.Errorf("one too many: %v", err)
	}
	if !sb.DeleteSnapshot("7") || sb.DeleteSnapshot("7") {
		t.Error("a snapshot is not deleted exactly once")
	}
	if _, ok := sb.Snapshot("7"); ok {
		t.Error("a deleted snapshot is found")
	}
	if err := take("7"); err != nil {
		t.Errorf("a name that is free again: %v", err)
	}
	got := names()
	if len(got) != sandbox.MostSnapshots || got[6] != "6" || got[7] != "8" || got[len(got)-1] != "7" {
		t.Errorf("the list is not by age: %v", got)
	}
	list := sb.Snapshots()
	list[0].Name = "changed"
	if names()[0] != "0" {
		t.Error("a change of the list changes the snapshots")
	}
}
