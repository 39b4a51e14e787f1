package ripple

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// CreateProject creates a project (up#projects).
func (t *Twin) CreateProject(ctx context.Context, request gen.CreateProjectRequestObject) (gen.CreateProjectResponseObject, error) {
	b := request.Body
	err := write(ctx, func(tx *store.Tx) error {
		taken := func(id string) bool { return tx.Project("prj-"+id) != nil }
		tx.InsertProject(store.Project{
			ProjectID: "prj-" + newID(tx, sandbox.From(ctx).Seed, "project_id", taken),
			Code:      b.ProjectCode, Label: b.ProjectLabel, Currency: string(b.ProjectCurrency),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateProject200JSONResponse{SucceededJSONResponse: success}, nil
}

// ListProjects lists the projects (up#projects).
func (t *Twin) ListProjects(ctx context.Context, _ gen.ListProjectsRequestObject) (gen.ListProjectsResponseObject, error) {
	list := gen.ListProjects200JSONResponse{}
	for p := range read(ctx).Projects() {
		list = append(list, gen.Project{
			ProjectId: p.ProjectID, ProjectCode: p.Code, ProjectLabel: p.Label, ProjectCurrency: gen.ProjectCurrency(p.Currency),
		})
	}
	return list, nil
}

// UpdateProject replaces the code, the label and the currency of a project
// (up#projects).
func (t *Twin) UpdateProject(ctx context.Context, request gen.UpdateProjectRequestObject) (gen.UpdateProjectResponseObject, error) {
	b := request.Body
	err := t.changeProject(ctx, request.ProjectId, func(tx *store.Tx, project *store.Project) {
		next := *project
		next.Code, next.Label, next.Currency = b.ProjectCode, b.ProjectLabel, string(b.ProjectCurrency)
		tx.UpdateProject(next)
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateProject200JSONResponse{SucceededJSONResponse: success}, nil
}

// DeleteProject removes a project (up#projects). Billing groups keep its project_id,
// which need not be that of a project.
func (t *Twin) DeleteProject(ctx context.Context, request gen.DeleteProjectRequestObject) (gen.DeleteProjectResponseObject, error) {
	err := t.changeProject(ctx, request.ProjectId, func(tx *store.Tx, project *store.Project) { tx.DeleteProject(project) })
	if err != nil {
		return nil, err
	}
	return gen.DeleteProject200JSONResponse{SucceededJSONResponse: success}, nil
}

// changeProject does something to the project of an id. An unknown one is refused.
func (t *Twin) changeProject(ctx context.Context, id string, change func(*store.Tx, *store.Project)) error {
	return write(ctx, func(tx *store.Tx) error {
		project := tx.Project(id)
		if err := t.rules.First(projectKnown.When(project == nil, id)); err != nil {
			return err
		}
		if project != nil { // it is nil only where a defect has taken the rule away
			change(tx, project)
		}
		return nil
	})
}

// projectOf is the project that a billing group belongs to; nil where there is none
// with the id that the group has.
func projectOf(tx *store.Tx, group *store.BillingGroup) *store.Project {
	if group.ProjectID == nil {
		return nil
	}
	return tx.Project(*group.ProjectID)
}
