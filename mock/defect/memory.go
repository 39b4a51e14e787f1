package defect

import "sync"

// memory is what a broken twin keeps from one request to the next.
type memory[V any] struct {
	mu   sync.Mutex
	held map[string]V
}

func newMemory[V any]() *memory[V] { return &memory[V]{held: map[string]V{}} }

func (m *memory[V]) get(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.held[key]
	return value, ok
}

func (m *memory[V]) put(key string, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[key] = value
}
