package stranger

import (
	"net/http"
)

// answer is what an operation says. Free marks an error whose body the pages
// leave open; text is the encoded body.
type answer struct {
	status int
	header http.Header
	body   any
	text   []byte
	free   bool
	page   bool // of CloudHealth
}

func ok(body any) answer { return answer{status: 200, header: http.Header{}, body: body} }

func success() answer { return ok(obj{"status": "success"}) }

// accountError is the error that the account page prints.
func accountError(description string) answer {
	a := ok(obj{"code": "5005", "message": "account function exception", "description": description})
	a.status = 400
	return a
}

// fail is a Ripple error of which the pages print nothing.
func fail(status int, description string) answer {
	a := ok(obj{"code": "4000", "message": "request exception", "description": description})
	a.status, a.free = status, true
	return a
}

// invalid complains about the content of a Ripple request.
func invalid(wrong []string) answer {
	a := fail(400, wrong[0])
	a.body.(obj)["details"] = texts(wrong)
	return a
}

// refuse is a CloudHealth error.
func refuse(status int, wrong ...string) answer {
	a := ok(obj{"errors": texts(wrong)})
	a.status, a.free, a.page = status, status != 422, true
	return a
}

// texts makes a JSON array of texts.
func texts(in []string) []any {
	out := []any{}
	for _, t := range in {
		out = append(out, t)
	}
	return out
}
