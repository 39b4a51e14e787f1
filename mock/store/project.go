package store

import "iter"

// Project is what billing groups may belong to.
type Project struct {
	ProjectID string `json:"project_id"`
	Code      string `json:"project_code"`
	Label     string `json:"project_label"`
	Currency  string `json:"project_currency"`
	Sequence  uint64 `json:"sequence"`
}

var projects = table[Project]{
	name:     "projects",
	id:       func(p *Project) key { return key{p.Sequence} },
	numbered: true,
	by: map[string]func(*Project) key{
		"project_id": func(p *Project) key { return key{p.ProjectID} },
	},
}

// Projects goes through all projects by insertion.
func (tx *Tx) Projects() iter.Seq[*Project] {
	return projects.all(tx)
}

// Project returns the project of an id.
func (tx *Tx) Project(id string) *Project {
	return projects.first(tx, "project_id", id)
}

// InsertProject adds a project under the next Sequence and returns it.
func (tx *Tx) InsertProject(project Project) *Project {
	project.Sequence = projects.next(tx)
	return projects.insert(tx, project)
}

// UpdateProject replaces the project of the same Sequence and returns it.
func (tx *Tx) UpdateProject(project Project) *Project {
	return projects.update(tx, project)
}

// DeleteProject removes a project, and nothing that refers to it.
func (tx *Tx) DeleteProject(project *Project) {
	projects.remove(tx, project)
}
